"""Evaluating schemas in a process of their own, which has so much processor time and memory and no more.

It costs some tenths of a second, and bounds whatever a schema does: references that multiply, patterns that backtrack,
documents that fill the memory. What a schema cannot do is run code, read files or reach the network.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sluiceway.domain.config_instance import Case
from sluiceway.domain.config_schema import SchemaFormat
from sluiceway.domain.errors import Invalid, Violation

_START = "import sys; sys.path[:] = sys.argv[1:]; from sluiceway.schemas.evaluation import main; main()"
_PATIENCE = 4
"""How many times its processor time a process may live: it may have to wait for the processor."""
_STOPPED = frozenset({-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGSEGV})
"""How it ends when it takes more time than it has, or memory where Python cannot say so."""


class EvaluationFailedError(RuntimeError):
    """The process ended for a reason that is not the schema's."""


@dataclass(frozen=True, slots=True)
class SchemaProcesses:
    """Starts a process for each question. `cpu_seconds` of processor time and `memory` in bytes are what each has."""

    cpu_seconds: int = 3
    memory: int = 512 * 1024 * 1024

    def canonical(self, schema: str, format_: SchemaFormat) -> str:
        """Return a JSON Schema in its canonical form. Raises Invalid with what is wrong with a text that is none."""
        return str(self._ask({"schema": schema, "format": format_})["canonical"])

    def violations(self, cases: Sequence[Case]) -> list[tuple[Violation, ...]]:
        """Return what is wrong with each content, nothing where it matches. Raises Invalid when that takes too long."""
        if not cases:
            return []
        return [
            tuple(Violation(tuple(path), message) for path, message in violations)
            for violations in self._ask({"cases": cases})["violations"]
        ]

    def _ask(self, question: Mapping[str, object]) -> Mapping[str, Any]:
        limits = {"cpu_seconds": self.cpu_seconds, "memory": self.memory}
        answer: Mapping[str, Any] = json.loads(self._run(json.dumps({**question, **limits})))
        if "refused" in answer:
            raise Invalid(str(answer["refused"]))
        return answer

    def _run(self, question: str) -> str:
        command = [sys.executable, "-c", _START, *sys.path]
        try:
            ended = subprocess.run(  # noqa: S603 - our own module; what it reads it does not execute
                command,
                input=question,
                capture_output=True,
                encoding="utf-8",
                timeout=_PATIENCE * self.cpu_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise self._too_long from None
        if ended.returncode in _STOPPED:
            raise self._too_long
        if ended.returncode:
            raise EvaluationFailedError(ended.stderr)
        return ended.stdout

    @property
    def _too_long(self) -> Invalid:
        return Invalid(f"the schema takes more than {self.cpu_seconds} seconds to evaluate: make it simpler")
