"""Counters that always add up, whatever happens to the devices (mender contract 2.12, 10.3)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.counters import (
    ASKED,
    FINAL,
    OFFERED_BYTES,
    RETRIES,
    TURNED_AWAY,
    Tally,
    add_up,
    finished_at,
    has_finished,
    has_unapplied,
    movement,
    stage,
    statistics,
)
from sluiceway.domain.deployment import Deployment, Stage, State, Target
from sluiceway.domain.device_deployment import DeviceDeployment, Event, Reported, Status, Withdrawn, decide
from sluiceway.domain.effective import effective
from sluiceway.domain.phases import NONE_OPEN, Phase
from tests.support.app import NOW
from tests.support.rows import events, rows
from tests.unit.domain.test_deployment import a_deployment

SHARDS = 4
LATER = NOW + timedelta(hours=1)


def counted(**counts: int) -> Tally:
    """A tally of devices by status; hyphens of a status are underscores here."""
    words = {word.replace("_", "-") if word == "already_installed" else word: n for word, n in counts.items()}
    final = sum(n for word, n in words.items() if Status(word).is_final)
    return Tally({**words, FINAL: final}, NOW if final else None)


@given(rows, rows)
def test_a_movement_takes_one_device_from_one_counter_to_another(
    before: DeviceDeployment, after: DeviceDeployment
) -> None:
    moved = movement(before, after)
    stored = {status: by for status in Status if (by := moved.get(status, 0))}

    assert Status.PENDING not in moved
    assert sum(stored.values()) == (before.status is Status.PENDING) - (after.status is Status.PENDING)
    assert moved.get(FINAL, 0) == after.status.is_final - before.status.is_final
    assert moved.get(ASKED, 0) == (after.asked is not None) - (before.asked is not None)


@given(rows, st.integers(1, 10**9))
def test_what_does_not_move_is_not_written(row: DeviceDeployment, size: int) -> None:
    assert movement(row, row) == {}
    assert movement(row, row, size) == {OFFERED_BYTES: size}


@given(st.lists(st.tuples(st.integers(0, 9), events), max_size=60), st.sampled_from(State))
def test_the_statistics_are_the_devices_by_status_at_every_step(history: list[tuple[int, Event]], state: State) -> None:
    """Under an abort too, in which a device that had not ended counts as aborted."""
    deployment = replace(a_deployment(size=10, shards=SHARDS, state=state), finished=LATER)
    devices = [deployment.row_of(f"device-{number}") for number in range(10)]
    shards = [Counter[str]() for _ in range(SHARDS)]
    for number, event in history:
        before = devices[number]
        decided = decide(before, event, NOW)
        if isinstance(decided, DeviceDeployment):
            shards[before.shard].update(movement(before, decided))
            devices[number] = decided

        tally = add_up(Tally(shard) for shard in shards)
        shown = Counter(effective(device, deployment).status for device in devices)
        assert statistics(deployment, tally) == {status: shown[status] for status in Status}


@pytest.mark.parametrize(
    ("tally", "shown"),
    [
        (counted(success=2), Stage.FINISHED),
        (counted(rebooting=1), Stage.INPROGRESS),
        (counted(already_installed=1), Stage.INPROGRESS),
        (counted(noartifact=1), Stage.INPROGRESS),
        (counted(pause_before_installing=2), Stage.INPROGRESS),
        (counted(success=1, failure=1), Stage.FINISHED),
        (counted(decommissioned=1), Stage.PENDING),
        (counted(), Stage.PENDING),
        (Tally({ASKED: 2, OFFERED_BYTES: 10}), Stage.PENDING),
    ],
)
def test_the_counters_say_how_far_it_is(tally: Tally, shown: Stage) -> None:
    assert stage(a_deployment(size=2), tally) is shown


@pytest.mark.parametrize("tally", [Tally(), counted(success=2), counted(noartifact=9)])
def test_an_open_target_never_finishes_without_a_limit(tally: Tally) -> None:
    deployment = replace(a_deployment(size=2), target=Target.FILTER)

    assert not has_finished(deployment, tally)
    assert stage(deployment, tally) is (Stage.INPROGRESS if tally.counts else Stage.PENDING)


def test_an_open_target_finishes_when_as_many_have_ended_as_it_takes() -> None:
    deployment = replace(a_deployment(size=9), target=Target.FILTER, most_devices=2)

    assert [has_finished(deployment, counted(success=count)) for count in (1, 2)] == [False, True]


def test_who_was_turned_away_takes_no_place_among_the_most_devices() -> None:
    deployment = replace(a_deployment(size=3), most_devices=2)
    one_ended = Tally({ASKED: 2, FINAL: 2, TURNED_AWAY: 1, "success": 1, "superseded": 1}, NOW, LATER)

    assert not has_finished(deployment, one_ended)
    assert finished_at(replace(deployment, most_devices=1), one_ended) == NOW, "whoever is turned away later"
    assert finished_at(replace(deployment, size=2), one_ended) == LATER, "the last one that could come has gone"


@pytest.mark.parametrize(
    ("state", "shown"),
    [(State.ACTIVE, {"success": 1, "pending": 2}), (State.ABORTED, {"success": 1, "aborted": 2})],
)
def test_an_open_target_has_the_devices_that_asked(state: State, shown: dict[str, int]) -> None:
    deployment = replace(a_deployment(size=9, state=state), target=Target.FILTER)
    tally = Tally({ASKED: 3, FINAL: 1, "success": 1})

    assert {str(status): n for status, n in statistics(deployment, tally).items() if n} == shown


@pytest.mark.parametrize(("open_phase", "shown"), [(NONE_OPEN, Stage.SCHEDULED), (0, Stage.PENDING)])
def test_what_waits_for_its_first_phase_is_scheduled(open_phase: int, shown: Stage) -> None:
    deployment = replace(a_deployment(), phases=(Phase(100, LATER, 1),), open_phase=open_phase)

    assert stage(deployment, Tally()) is shown
    assert stage(replace(deployment, state=State.ABORTED), Tally()) is Stage.FINISHED


def test_a_device_that_waits_for_its_next_attempt_keeps_the_deployment_in_progress() -> None:
    fresh = a_deployment(size=2).row_of("device")
    installing = replace(fresh, status=Status.INSTALLING)
    retrying = replace(installing, status=Status.PENDING, attempt=2)
    tally = add_up([Tally(movement(fresh, installing)), Tally(movement(installing, retrying))])

    assert tally[RETRIES] == 1
    assert statistics(a_deployment(size=2), tally)[Status.PENDING] == 2
    assert stage(a_deployment(size=2), tally) is Stage.INPROGRESS


@pytest.mark.parametrize("state", [State.ABORTING, State.ABORTED, State.FINISHED])
def test_a_person_or_a_stamp_ends_it_whatever_the_counters_say(state: State) -> None:
    deployment = replace(a_deployment(size=2, state=state), finished=LATER)

    assert has_finished(deployment, Tally())
    assert finished_at(deployment, counted(success=1)) == LATER
    assert stage(deployment, Tally()) is Stage.FINISHED


def test_it_finished_when_the_last_device_ended() -> None:
    shards = [Tally({FINAL: 1}, NOW), Tally({FINAL: 1}, LATER), Tally({})]

    assert finished_at(a_deployment(size=2), add_up(shards)) == LATER
    assert finished_at(a_deployment(size=3), add_up(shards)) is None


@pytest.mark.parametrize("status", [Status.SUCCESS, Status.FAILURE, Status.TIMED_OUT, Status.SUPERSEDED])
def test_who_failed_or_kept_silent_has_not_got_it(status: Status) -> None:
    in_vain = {Status.FAILURE, Status.TIMED_OUT}
    assert has_unapplied(Tally({ASKED: 1, FINAL: 1, status: 1})) is (status in in_vain)
    assert has_unapplied(Tally({ASKED: 2, FINAL: 1, status: 1})), "one is at work"


def test_another_outcome_afterwards_moves_the_counters_and_not_the_end() -> None:
    before = replace(a_deployment().row_of("device"), status=Status.SUCCESS, finished=NOW)
    after = decide(before, Reported(Status.FAILURE), LATER)

    assert isinstance(after, DeviceDeployment)
    assert movement(before, after) == {Status.SUCCESS: -1, Status.FAILURE: 1}


@given(rows, st.sampled_from(State))
def test_an_abort_is_seen_in_every_open_row_and_in_no_other(row: DeviceDeployment, state: State) -> None:
    deployment: Deployment = replace(a_deployment(state=state), finished=LATER)
    seen = effective(row, deployment)

    if row.is_open and state in {State.ABORTING, State.ABORTED}:
        assert seen == decide(row, Withdrawn(Status.ABORTED), LATER)
    else:
        assert seen == row
