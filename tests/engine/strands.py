"""Several pieces of work that take turns: one runs at a time, and the order is given, so every run can be repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Semaphore, Thread
from typing import TypeAlias

Pause: TypeAlias = Callable[[], None]
"""Called by the work wherever somebody else may come between."""


class Strand:
    """One piece of work in a thread of its own that runs only while it is stepped."""

    def __init__(self, work: Callable[[Pause], None]) -> None:
        self.is_done = False
        self.error: BaseException | None = None
        self._go, self._stopped = Semaphore(0), Semaphore(0)
        self._thread = Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    def step(self) -> None:
        """Let it run to its next pause, or to its end."""
        self._go.release()
        self._stopped.acquire()
        if self.is_done:
            self._thread.join()

    def _run(self, work: Callable[[Pause], None]) -> None:
        self._go.acquire()
        try:
            work(self._pause)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            self.error = error
        self.is_done = True
        self._stopped.release()

    def _pause(self) -> None:
        self._stopped.release()
        self._go.acquire()


def run_in_turns(works: Sequence[Callable[[Pause], None]], turns: Sequence[int]) -> None:
    """Run all the works; each turn says which of the unfinished ones goes on, and after the last one the first does."""
    strands = [Strand(work) for work in works]
    given = iter(turns)
    while unfinished := [strand for strand in strands if not strand.is_done]:
        unfinished[next(given, 0) % len(unfinished)].step()
    for strand in strands:
        if strand.error:
            raise strand.error
