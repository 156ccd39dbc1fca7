"""Who is first in line among the deployments that wait for one device (design section 4)."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.deployment import Deployment, Target
from sluiceway.domain.steering import UNSTEERED
from sluiceway.usecases.work_queue import Candidate, in_line, outdone_by
from tests.support.app import NOW


def waiting(number: int, *, undoes: int = 0, priority: int = 0, is_offered: bool = False) -> Candidate:
    """The part of the device in the deployment that was made as so many-th; a roll back of an earlier one or not."""
    deployment = Deployment(
        "w",
        f"d{number}",
        f"{number:03}",
        NOW,
        "name",
        "app-1",
        Target.ROLL_BACK if undoes else Target.LIST,
        size=1,
        shards=1,
        steering=replace(UNSTEERED, priority=priority),
        rolls_back=f"d{undoes}" if undoes else "",
    )
    row = deployment.row_of("device")
    digest = "said" if is_offered else ""
    return Candidate(replace(row, undoes=f"{undoes:03}" if undoes else "", request_digest=digest), deployment)


others = st.lists(
    st.builds(waiting, st.integers(10, 99), priority=st.integers(-5, 5)), unique_by=lambda each: each.row.order
)
LAST, FIRST = waiting(100, undoes=1), waiting(101, undoes=2)


@given(others)
def test_roll_backs_go_first_however_urgent_the_others_are_and_of_them_that_of_the_newest(
    each: list[Candidate],
) -> None:
    assert in_line([*each, LAST, FIRST])[:2] == in_line([FIRST, LAST, *each])[:2] == (FIRST, LAST)


@given(others)
def test_what_the_device_works_on_goes_before_a_roll_back(each: list[Candidate]) -> None:
    works_on = waiting(9, priority=-9, is_offered=True)
    assert in_line([LAST, *each, works_on])[:2] == (works_on, LAST)


@given(others)
def test_a_roll_back_leaves_the_order_of_the_others_and_ends_none_of_them(each: list[Candidate]) -> None:
    by_urgency_and_age = sorted(each, key=lambda one: (-one.deployment.steering.priority, one.row.order))
    assert in_line([*each, LAST]) == (LAST, *by_urgency_and_age)
    assert outdone_by(LAST, each, NOW) == []
