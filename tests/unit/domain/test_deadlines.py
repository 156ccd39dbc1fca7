from __future__ import annotations

from datetime import timedelta

import pytest

from sluiceway.domain.deadlines import MOST_SILENCE, NO_DEADLINES, Deadlines, deadline, deadline_faults, prolonged
from sluiceway.domain.device_deployment import Status
from tests.support.app import NOW

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
EACH = Deadlines(offered=1 * HOUR, downloading=2 * HOUR, installing=3 * HOUR, rebooting=4 * HOUR)
HOURS = {Status.PENDING: 1, Status.DOWNLOADING: 2, Status.INSTALLING: 3, Status.REBOOTING: 4}


@pytest.mark.parametrize("status", Status)
def test_a_device_that_works_must_be_heard_of_and_one_that_paused_or_ended_need_not(status: Status) -> None:
    expected = NOW + HOURS[status] * HOUR if status in HOURS else None

    assert deadline(EACH, status, NOW, offered=True) == expected
    assert deadline(NO_DEADLINES, status, NOW, offered=True) is None


def test_what_was_not_offered_has_no_deadline() -> None:
    assert deadline(EACH, Status.PENDING, NOW, offered=False) is None


def test_a_deadline_moves_with_something_to_spare_once_it_is_too_early_for_a_device_that_was_heard_of() -> None:
    first = prolonged(EACH, Status.PENDING, None, NOW)
    assert first == NOW + HOUR
    assert prolonged(EACH, Status.PENDING, first, NOW) == first
    moved = prolonged(EACH, Status.PENDING, first, NOW + MINUTE)
    assert moved == NOW + MINUTE + HOUR + 6 * MINUTE
    assert prolonged(EACH, Status.PENDING, moved, NOW + 7 * MINUTE) == moved
    again = prolonged(EACH, Status.PENDING, moved, NOW + 8 * MINUTE)
    assert again == NOW + 8 * MINUTE + HOUR + 6 * MINUTE


@pytest.mark.parametrize("status", [Status.PAUSE_BEFORE_COMMITTING, Status.SUCCESS])
def test_there_is_nothing_to_prolong_where_silence_means_nothing(status: Status) -> None:
    assert prolonged(EACH, status, None, NOW) is None


def test_a_fault_names_its_state() -> None:
    odd = Deadlines(offered=timedelta(0), downloading=-HOUR, installing=MOST_SILENCE + HOUR, rebooting=MOST_SILENCE)

    assert [state for state, _ in deadline_faults(odd)] == ["offered", "downloading", "installing"]
    assert [*deadline_faults(EACH), *deadline_faults(NO_DEADLINES)] == []
