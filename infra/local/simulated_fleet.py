"""Simulated devices that ask for work and carry it out, side by side, for as long as somebody watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import TypeAlias

from infra.local.simulated_device import SimulatedDevice

RaiseWhatWentWrong: TypeAlias = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds between two steps of a device, and between two times that it asks for work."""

    step: float
    poll: float


@contextmanager
def at_work(devices: Sequence[SimulatedDevice], rhythm: Rhythm) -> Iterator[RaiseWhatWentWrong]:
    """Let the devices work until the end of the block, each in a thread of its own.

    A device that met an error stands still; calling what the block is given raises that error.
    """
    leave = Event()
    with ThreadPoolExecutor(len(devices)) as pool:
        work = [pool.submit(_work, device, rhythm, leave) for device in devices]
        try:
            yield lambda: _raise_what_went_wrong(work)
        finally:
            leave.set()


def _work(device: SimulatedDevice, rhythm: Rhythm, leave: Event) -> None:
    while not leave.is_set():
        for _ in device.steps():
            if leave.wait(rhythm.step):
                return
        leave.wait(rhythm.poll)


def _raise_what_went_wrong(work: Sequence[Future[None]]) -> None:
    for each in work:
        if each.done():
            each.result()
