"""Which of two choices of one slot's content stands (design section 4)."""

from __future__ import annotations

from dataclasses import replace
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
    assert planned.gives_way_to(late, "v1") is (IN_LINE.index(given) > IN_LINE.index(planned))
    assert planned.was_made(late) is (planned is given)


@pytest.mark.parametrize("planned", IN_LINE)
def test_a_planned_choice_gives_way_to_a_call_that_came_after_it_was_made(planned: PlannedChoice) -> None:
    assert planned.gives_way_to(Choice(planned.since + MINUTE), "v1")
    assert not planned.gives_way_to(Choice(planned.since), "v1")
    assert not planned.gives_way_to(None, "")


@pytest.mark.parametrize(("planned", "order"), [(UNDONE, "0001-id"), (ROLL_BACK, "0003-id"), (AGAIN, "0005-id")])
def test_a_choice_tells_which_deployment_made_it(planned: PlannedChoice, order: str) -> None:
    assert Choice(NOW, planned.place).order == order
    assert not Choice(NOW).order


def test_an_abort_replaces_what_it_ends_and_nothing_else() -> None:
    for planned in IN_LINE:
        aborting = planned.taking_back()
        for each in IN_LINE:
            assert aborting.gives_way_to(Choice(NOW, each.place), "v1") is (each is not planned)
        assert not aborting.gives_way_to(Choice(NOW, aborting.place), "v1"), "done again"
        assert aborting.gives_way_to(Choice(NOW), "v1")
        assert aborting.gives_way_to(None, "")
        assert Choice(NOW, aborting.place).order == Choice(NOW, planned.place).order
    assert ROLL_BACK.taking_back().gives_way_to(Choice(NOW, UNDONE.place), "v1")
    assert not ROLL_BACK.taking_back().gives_way_to(Choice(NOW, UNDONE.place), ""), "a removal chooses nothing"


def test_a_roll_back_takes_back_what_an_abort_of_something_newer_gave_back() -> None:
    older = PlannedChoice.of("0006-id", UNDONE.since, undoes=UNDONE.place, takes="v1")
    gave_back = Choice(NOW, NEWER.taking_back().place)
    assert not older.gives_way_to(gave_back, "v1")
    assert older.gives_way_to(gave_back, "v0")


def test_a_newer_choice_that_came_to_nothing_is_replaced_and_no_other() -> None:
    over = replace(ROLL_BACK, over=NEWER.place)
    assert not over.gives_way_to(Choice(NOW, NEWER.place), "v3")
    assert over.gives_way_to(Choice(NOW, NEWEST.place), "v3")
    assert over.gives_way_to(Choice(ROLL_BACK.since + MINUTE), "v3")


def test_a_roll_back_takes_back_what__the_roll_back_of_something_newer_gave_back_and_nothing_else_of_it() -> None:
    older = PlannedChoice.of("0006-id", UNDONE.since, undoes=UNDONE.place, takes="v1")
    newer = PlannedChoice.of("0005-id", NEWER.since, undoes=NEWER.place, takes="v2")
    gave_back = Choice(NOW + timedelta(days=1), newer.place)
    assert not older.gives_way_to(gave_back, "v1")
    assert older.gives_way_to(gave_back, "v0")
    assert older.gives_way_to(Choice(gave_back.at, NEWER.place), "v1"), "what was chosen anew is newer"
    assert older.gives_way_to(Choice(gave_back.at), "v1"), "by an operator too"
    assert ROLL_BACK.gives_way_to(gave_back, "")
