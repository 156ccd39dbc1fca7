"""A driver: an unmodified client in a process of its own, which makes the calls that it reads as lines of JSON."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
_ENDS_WITHIN_SECONDS = 60


class DriverEnded(Exception):
    """It ended without an answer. The text is what it printed as its errors."""


@dataclass(frozen=True, slots=True)
class Driver:
    """A process that answers each line with a line."""

    process: subprocess.Popen[str]
    require: Callable[[], None]
    """Skips the test if what went wrong is that its client cannot be fetched."""

    def hear(self) -> Json:
        """The next line. Raises DriverEnded."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.require()
            raise DriverEnded(self.process.communicate()[1])
        heard: Json = json.loads(line)
        return heard

    def ask(self, said: Json) -> Json:
        """What it answers. Raises DriverEnded."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{json.dumps(said)}\n")
        self.process.stdin.flush()
        return self.hear()


@contextmanager
def driver(
    command: list[str], require: Callable[[], None], environment: Mapping[str, str] | None = None
) -> Iterator[Driver]:
    """Start one, and end it with the block."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, text=True) as process:
        try:
            yield Driver(process, require)
            process.communicate(timeout=_ENDS_WITHIN_SECONDS)
        finally:
            process.kill()
