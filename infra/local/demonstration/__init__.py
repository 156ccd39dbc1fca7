"""What `make run` shows: a deployment to ten simulated devices, one that its gate stops, and one that comes through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console

from infra.local.demonstration.immediate import deploy_to_everyone
from infra.local.demonstration.planned import deploy_a_broken_release, deploy_a_repaired_release
from infra.local.demonstration.stage import NotInTimeError, Stage, open_stage
from infra.local.service import Service


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the demonstration went: a line for each thing that it showed, and whether all of it came as it should."""

    lines: tuple[str, ...]
    is_complete: bool

    def __str__(self) -> str:
        """Sum up."""
        return "\n".join(self.lines)


def demonstrate(service: Service, console: Console) -> Outcome:
    """Enrol ten devices and deploy to them three times: at once, under a plan that stops, and under one that ends."""
    lines: list[str] = []
    try:
        with open_stage(service, console) as stage:
            lines.extend(_acts(stage))  # keeps what came before an error
    except NotInTimeError as late:
        return Outcome((*lines, str(late)), is_complete=False)
    return Outcome(tuple(lines), is_complete=True)


def _acts(stage: Stage) -> Iterator[str]:
    yield deploy_to_everyone(stage)
    yield from deploy_a_broken_release(stage)
    yield deploy_a_repaired_release(stage)
