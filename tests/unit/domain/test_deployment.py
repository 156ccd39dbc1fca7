from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.deployment import MOST_SHARDS, Definition, Deployment, State, Target, shard_of, shards_for
from sluiceway.domain.phases import NONE_OPEN, Phase
from sluiceway.domain.plan import Plan
from tests.support.app import NOW

DEFINITION = Definition("to all", "app-1", devices=("a", "b"))


def a_deployment(size: int = 1, shards: int = 1, state: State = State.ACTIVE) -> Deployment:
    return Deployment("w", "dep", "1-dep", NOW, "to all", "app-1", Target.LIST, size, shards, state=state)


@pytest.mark.parametrize(
    ("size", "shards"), [(0, 1), (1, 1), (32, 1), (33, 2), (1_000, 32), (1_024, 32), (1_025, 64), (10**6, 256)]
)
def test_there_is_about_one_shard_for_32_devices(size: int, shards: int) -> None:
    assert shards_for(size) == shards


@given(st.integers(0, 10**7))
def test_the_number_of_shards_is_a_power_of_two_within_its_bounds(size: int) -> None:
    shards = shards_for(size)

    assert 1 <= shards <= MOST_SHARDS
    assert shards & (shards - 1) == 0
    assert shards == MOST_SHARDS or size <= 32 * shards


def test_devices_spread_evenly_over_the_shards() -> None:
    filled = Counter(shard_of(f"device-{number}", 32) for number in range(32 * 100))

    assert set(filled) == set(range(32))
    assert max(filled.values()) < 150


def test_a_row_lies_in_the_shard_and_the_index_part_of_its_device() -> None:
    rows = [a_deployment(shards=256).row_of(f"device-{number}") for number in range(500)]

    assert all(row.shard == shard_of(row.device_id, 256) for row in rows)
    assert {row.index_part for row in rows} == set(range(16))
    assert all(a_deployment().row_of(row.device_id).index_part == 0 for row in rows)


def test_a_device_that_is_named_twice_is_one_target() -> None:
    assert Definition("n", "a", devices=("b", "a", "b")).targets == ("b", "a")


@pytest.mark.parametrize(
    "other",
    [
        replace(DEFINITION, name="to some"),
        replace(DEFINITION, artifact_name="app-2"),
        replace(DEFINITION, devices=("b", "a")),
        replace(DEFINITION, devices=("a", "b", "b")),
        replace(DEFINITION, devices=("a,b",)),
        replace(DEFINITION, devices=(), all_devices=True),
        replace(DEFINITION, devices=(), group="lab"),
        replace(DEFINITION, devices=(), filter_id="lab"),
        replace(DEFINITION, force_installation=True),
    ],
)
def test_another_definition_has_another_digest(other: Definition) -> None:
    assert other.digest() != DEFINITION.digest()


def test_the_same_definition_has_the_same_digest() -> None:
    assert replace(DEFINITION).digest() == DEFINITION.digest()


def test_with_a_plan_the_order_of_devices_tells_no_definitions_apart() -> None:
    planned = [replace(DEFINITION, devices=devices, plan=Plan()) for devices in (("a", "b"), ("b", "a", "b"), ("b",))]
    one, shuffled, fewer = (definition.digest() for definition in planned)

    assert one == shuffled != fewer


def an_open_deployment(*phases: Phase, most_devices: int | None = None, open_phase: int = 0) -> Deployment:
    closed = a_deployment(size=10)
    return replace(closed, target=Target.FILTER, phases=phases, most_devices=most_devices, open_phase=open_phase)


FIRST, LAST = Phase(30, None, 3), Phase(70, NOW, 7)


@pytest.mark.parametrize(
    ("deployment", "capacity"),
    [
        (an_open_deployment(), None),
        (an_open_deployment(most_devices=20), 20),
        (an_open_deployment(FIRST, LAST, open_phase=NONE_OPEN), 0),
        (an_open_deployment(FIRST, LAST), 3),
        (an_open_deployment(FIRST, LAST, open_phase=1), None),
        (an_open_deployment(FIRST, LAST, open_phase=1, most_devices=20), 20),
        (an_open_deployment(FIRST, LAST, most_devices=2), 2),
        (replace(an_open_deployment(FIRST, LAST, open_phase=1), target=Target.LIST), 10),
    ],
)
def test_the_last_phase_of_an_open_target_takes_whoever_comes(deployment: Deployment, capacity: int | None) -> None:
    assert deployment.capacity == capacity


def test_a_filter_makes_a_target_open() -> None:
    assert Definition("n", "a", filter_id="lab").target is Target.FILTER


def test_an_abort_begins_with_the_time_that_it_will_always_have() -> None:
    aborting = a_deployment().withdrawn(NOW)

    assert (aborting.state, aborting.finished, aborting.is_withdrawn, aborting.is_over) == (
        State.ABORTING,
        NOW,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("state", "withdrawn", "over"),
    [
        (State.ACTIVE, False, False),
        (State.ABORTING, True, True),
        (State.ABORTED, True, True),
        (State.FINISHED, False, True),
    ],
)
def test_a_state_says_whether_it_is_over_and_why(state: State, *, withdrawn: bool, over: bool) -> None:
    deployment = a_deployment(state=state)

    assert (deployment.is_withdrawn, deployment.is_over) == (withdrawn, over)
