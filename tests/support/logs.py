"""What the process logs, in the form in which it leaves it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sluiceway.runtime.logs import logger


class _Recorder(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(logger.registered_formatter.format(record))


@contextmanager
def recorded_logs() -> Iterator[list[str]]:
    """JSON lines of the product's logger at its most talkative, as they come."""
    recorder, underlying = _Recorder(), logger._logger
    level = underlying.level
    underlying.addHandler(recorder)
    underlying.setLevel(logging.DEBUG)
    try:
        yield recorder.lines
    finally:
        underlying.setLevel(level)
        underlying.removeHandler(recorder)
