"""What is said of a demonstration that does not come to its end, and the exit code that follows."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from rich.console import Console
from rich.table import Table

from infra.local import cli, demonstration
from infra.local.demonstration import Outcome, stage
from infra.local.demonstration.stage import NotInTimeError, Seen, Stage
from infra.local.settings import read_settings
from infra.local.simulated_fleet import Fleet

QUIET = Console(file=io.StringIO())
LATE = "It has not come"


def stage_where(went_wrong: Exception | None = None) -> Stage:
    """A stage whose devices met an error, or none."""
    met: Future[None] = Future()
    if went_wrong:
        met.set_exception(went_wrong)
    return Stage(MagicMock(), MagicMock(), Fleet({}, [met]), QUIET, "run")


def never(on: Stage) -> Seen:
    """Watch for what never comes."""
    return on.watch(LATE, lambda: {"status": "pending"}, until=lambda _: False, table=lambda _: Table())


def test_what_does_not_come_in_time_is_waited_for_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "_COMES_WITHIN_SECONDS", 0)
    with pytest.raises(NotInTimeError, match=r"^It has not come within 0 s: it is pending\.$"):
        never(stage_where())


def test_an_error_that_a_device_met_is_not_waited_out() -> None:
    with pytest.raises(ConnectionError):
        never(stage_where(ConnectionError()))


def test_a_demonstration_that_is_late_says_what_it_showed_and_what_did_not_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def late(_: Stage) -> Iterator[str]:
        yield "paused"
        raise NotInTimeError(LATE)

    @contextmanager
    def open_stage(*_: object) -> Iterator[Stage]:
        yield stage_where()

    monkeypatch.setattr(demonstration, "open_stage", open_stage)
    monkeypatch.setattr(demonstration, "deploy_to_everyone", lambda _: "deployed")
    monkeypatch.setattr(demonstration, "deploy_a_broken_release", late)

    outcome = demonstration.demonstrate(MagicMock(), QUIET)

    assert outcome == Outcome(("deployed", "paused", LATE), is_complete=False)


@pytest.mark.parametrize("is_complete", [True, False])
def test_the_exit_code_says_whether_the_demonstration_came_to_its_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, is_complete: bool
) -> None:
    monkeypatch.setattr(cli, "raise_on_stop_signals", MagicMock())
    monkeypatch.setattr(cli, "running_service", MagicMock())
    monkeypatch.setattr(cli, "demonstrate", lambda *_: Outcome(("one", "two"), is_complete=is_complete))
    terminal = io.StringIO()

    code = cli.run(read_settings({}, tmp_path), terminal, once=True)

    assert (code, terminal.getvalue()) == (0 if is_complete else 1, "\none\ntwo\n")
