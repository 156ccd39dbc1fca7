"""How the service is told to end: by a signal from outside, or by the death of its engine."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from infra.local.engine import Engine

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_WATCH_SECONDS = 0.2


class Stopped(BaseException):
    """A signal asked for a clean stop. Like KeyboardInterrupt it is no error, so `except Exception` lets it pass."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def raise_on_stop_signals() -> None:
    """From now on the first stop signal raises Stopped in the main thread; those that follow are ignored.

    A process group's signal often arrives twice, through `make` and directly.
    """
    for number in _STOP_SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _stop)


def _stop(number: int, _frame: FrameType | None) -> None:
    for other in _STOP_SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    raise Stopped(number)


@contextmanager
def watching(engine: Engine) -> Iterator[None]:
    """Within the block, the engine's death raises LocalCloudError in the main thread, whatever that is waiting for."""
    ended = threading.Event()
    signal.signal(signal.SIGUSR1, lambda _number, _frame: engine.raise_if_dead())
    watcher = threading.Thread(target=_watch, args=(engine, ended), name="engine watcher", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _watch(engine: Engine, ended: threading.Event) -> None:
    while not ended.wait(_WATCH_SECONDS):
        if engine.process.poll() is not None:
            main = threading.main_thread().ident
            if main is not None:
                signal.pthread_kill(main, signal.SIGUSR1)
            return
