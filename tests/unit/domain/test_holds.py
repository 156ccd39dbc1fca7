"""Each rule that keeps a device from being offered something, alone and in its turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sluiceway.domain.deployment import Deployment
from sluiceway.domain.holds import Hold, Reason, standing_holds
from sluiceway.domain.phases import NONE_OPEN, Phase
from sluiceway.domain.steering import Pause, Steering
from sluiceway.domain.windows import WEEK, Window
from tests.support.app import NOW
from tests.unit.domain.test_deployment import a_deployment

HOUR = timedelta(hours=1)
SOON = NOW + HOUR
LATER = Window(WEEK, SOON.time(), HOUR)
PHASES = (Phase(50, None, 1), Phase(50, SOON, 1), Phase(50, None, 1))


def steered(**steering: object) -> Deployment:
    return replace(a_deployment(), steering=Steering(has_plan=True, **steering))  # type: ignore[arg-type]


def holds(deployment: Deployment, phase: int = 0, not_before: timedelta | None = None) -> list[Hold]:
    waits = NOW + not_before if not_before else None
    row = replace(deployment.row_of("device"), phase=phase, not_before=waits)
    return list(standing_holds(deployment, row, "", NOW))


@pytest.mark.parametrize(
    ("deployment", "hold"),
    [
        (steered(start=SOON), Hold(Reason.NOT_STARTED, SOON)),
        (steered(end=NOW), Hold(Reason.ENDED)),
        (steered(closed=NOW), Hold(Reason.ENDED)),
        (steered(pause=Pause(NOW, "operator")), Hold(Reason.PAUSED)),
        (steered(windows=(LATER,)), Hold(Reason.OUTSIDE_WINDOW, SOON)),
    ],
)
def test_each_rule_says_what_holds_and_until_when(deployment: Deployment, hold: Hold) -> None:
    assert holds(deployment) == [hold]


def test_nothing_holds_what_is_neither_steered_nor_late() -> None:
    assert holds(a_deployment()) == []
    assert holds(steered(start=NOW, end=SOON)) == []


@pytest.mark.parametrize(
    ("open_phase", "phase", "expected"),
    [
        (0, 0, []),
        (0, 1, [Hold(Reason.PHASE_NOT_OPEN, SOON)]),
        (0, 2, [Hold(Reason.PHASE_NOT_OPEN, SOON)]),
        (1, 2, [Hold(Reason.PHASE_NOT_OPEN)]),
        (2, 2, []),
    ],
)
def test_a_device_waits_for_its_own_phase(open_phase: int, phase: int, expected: list[Hold]) -> None:
    assert holds(replace(steered(), phases=PHASES, open_phase=open_phase), phase) == expected


def test_without_a_plan_any_open_phase_will_do() -> None:
    staged = replace(a_deployment(), phases=PHASES)

    assert holds(staged, phase=2) == []
    assert holds(replace(staged, open_phase=NONE_OPEN)) == [Hold(Reason.PHASE_NOT_OPEN)]


def test_an_attempt_waits_for_its_time() -> None:
    assert holds(a_deployment(), not_before=HOUR) == [Hold(Reason.RETRY_LATER, SOON)]


def test_the_rules_come_in_the_order_of_their_codes() -> None:
    all_at_once = steered(start=SOON, end=NOW, pause=Pause(NOW, "operator"), windows=(LATER,))
    found = holds(replace(all_at_once, phases=PHASES), phase=1, not_before=HOUR)

    assert len(found) == 6
    assert [hold.reason for hold in found] == sorted((hold.reason for hold in found), key=list(Reason).index)
