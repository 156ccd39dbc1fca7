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


class Refused(Exception):
    """The client raised an error of a kind for an answer of the service."""

    def __init__(self, kind: str, status: int, body: Json) -> None:
        super().__init__(kind, status, body)
        self.kind = kind
        self.status = status
        self.body = body


class Failed(Exception):
    """The client did not call, could make nothing of the answer, or ended without one. The text is its error."""


@dataclass(frozen=True, slots=True)
class Driver:
    """A process that answers each line with a line.

    It says what came of a call as `{"answer"}`, `{"refused", "status", "body"}` or `{"failed"}`.
    """

    process: subprocess.Popen[str]
    require: Callable[[], None]
    """Skips the test if what went wrong is that its client cannot be fetched."""

    def hear(self) -> Json:
        """The next line. Raises Failed."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.require()
            raise Failed(self.process.communicate()[1])
        heard: Json = json.loads(line)
        return heard

    def make(self, call: Json) -> Json:
        """What the client made of the answer to a call. Raises Refused and Failed."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{json.dumps(call)}\n")
        self.process.stdin.flush()
        result = self.hear()
        if "refused" in result:
            raise Refused(result["refused"], result["status"], result["body"])
        if "failed" in result:
            raise Failed(result["failed"])
        answer: Json = result["answer"]
        return answer


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
