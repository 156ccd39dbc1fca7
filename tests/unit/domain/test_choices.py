"""Which of two choices of one slot's content stands (design section 4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sluiceway.domain.choices import Choice, PlannedChoice
from tests.support.app import NOW

MINUTE = timedelta(minutes=1)
UNDONE, NEWER, NEWEST = (PlannedChoice.of(f"000{number}-id", NOW + number * MINUTE) for number in (1, 2, 4))
ROLL_BACK = PlannedChoice.of("0003-id", UNDONE.since, undoes=UNDONE.place)
AGAIN = PlannedChoice.of("0005-id", UNDONE.since, undoes=UNDONE.place)
IN_LINE = [UNDONE, ROLL_BACK, AGAIN, NEWER, NEWEST]
"""The oldest choice first, whenever it was made."""


@pytest.mark.parametrize("planned", IN_LINE)
@pytest.mark.parametrize("given", IN_LINE)
def test_a_roll_back_is_newer_than_what_it_undoes_and_than_nothing_else(
    planned: PlannedChoice, given: PlannedChoice
) -> None:
    late = Choice(NOW + timedelta(days=1), given.place)
    assert planned.gives_way_to(late) is (IN_LINE.index(given) > IN_LINE.index(planned))
    assert planned.was_made(late) is (planned is given)


@pytest.mark.parametrize("planned", IN_LINE)
def test_a_planned_choice_gives_way_to_a_call_that_came_after_it_was_made(planned: PlannedChoice) -> None:
    assert planned.gives_way_to(Choice(planned.since + MINUTE))
    assert not planned.gives_way_to(Choice(planned.since))
    assert not planned.gives_way_to(None)


@pytest.mark.parametrize(("planned", "order"), [(UNDONE, "0001-id"), (ROLL_BACK, "0003-id"), (AGAIN, "0005-id")])
def test_a_choice_tells_which_deployment_made_it(planned: PlannedChoice, order: str) -> None:
    assert Choice(NOW, planned.place).order == order
    assert not Choice(NOW).order
