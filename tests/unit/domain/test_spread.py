from __future__ import annotations

from itertools import accumulate, pairwise
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.errors import InvalidMembers, InvalidPlan
from sluiceway.domain.gates import Gate
from sluiceway.domain.plan import PlannedPhase
from sluiceway.domain.spread import (
    MOST_RANKED,
    WHOLE,
    assign,
    bounds_between,
    each_alone,
    phase_at,
    position,
    shares,
    sizes,
)

REST = PlannedPhase()
SEEDS = st.text(max_size=8)
FLEETS = st.integers(1, 60).map(lambda devices: {f"device-{number}" for number in range(devices)})


def percents(*given: float) -> list[PlannedPhase]:
    return [PlannedPhase(percent=percent) for percent in given]


def counts(*given: int) -> list[PlannedPhase]:
    return [PlannedPhase(devices=devices) for devices in given]


@st.composite
def hundredths(draw: st.DrawFn) -> list[int]:
    """Shares in hundredths of a percent that add up to the whole."""
    cuts = draw(st.sets(st.integers(1, 9_999), max_size=6))
    return [end - start for start, end in pairwise([0, *sorted(cuts), 10_000])]


@pytest.mark.parametrize(
    ("phases", "devices", "found"),
    [
        ([REST], 7, (7,)),
        (percents(100), 7, (7,)),
        ([*percents(10, 45), REST], 100, (10, 45, 45)),
        ([*percents(33, 33), REST], 10, (3, 3, 4)),
        (percents(33.33, 33.33, 33.34), 9, (3, 3, 3)),
        (percents(50, 50), 3, (2, 1)),
        ([*percents(12.5), REST], 8, (1, 7)),
        ([*counts(1), *percents(10), REST], 105, (1, 11, 93)),
        (percents(1, 99), 10, (1, 9)),
        (percents(1, 1, 98), 3, (1, 1, 1)),
        ([*counts(4), *percents(1), REST], 6, (4, 1, 1)),
        ([*percents(0.01, 0.01), *counts(5), REST], 9, (1, 1, 5, 2)),
        (counts(3, 4), 7, (3, 4)),
    ],
)
def test_shares_are_rounded_by_the_largest_remainder_and_to_one_device_at_least(
    phases: list[PlannedPhase], devices: int, found: tuple[int, ...]
) -> None:
    assert sizes(phases, devices) == found


@given(hundredths())
def test_cumulative_shares_are_those_that_each_phase_adds(given_shares: list[int]) -> None:
    ends = [end / 100 for end in accumulate(given_shares)]
    assert each_alone(percents(*ends), "phases") == tuple(percents(*(share / 100 for share in given_shares)))


def test_cumulative_numbers_are_those_that_each_phase_adds_and_the_last_may_take_the_rest() -> None:
    gated = PlannedPhase(devices=5, gate=Gate(needs_approval=True))
    assert each_alone([gated, *counts(25), REST], "phases") == (gated, *counts(20), REST)


@pytest.mark.parametrize(
    ("phases", "named"),
    [
        (percents(10, 10, 100), ["phases[1]"]),
        (percents(50, 10, 0.001), ["phases[1]", "phases[2]"]),
        (counts(3, 2), ["phases[1]"]),
        ([*counts(5), *percents(50)], ["phases"]),
    ],
)
def test_cumulative_phases_grow_and_are_all_of_one_kind(phases: list[PlannedPhase], named: list[str]) -> None:
    with pytest.raises(InvalidPlan) as refused:
        each_alone(phases, "phases")
    assert [member for member, _ in refused.value.faults] == named


@given(hundredths(), st.data())
def test_the_sizes_of_phases_add_up_and_none_of_a_device_or_more_is_a_whole_one_off(
    given_shares: list[int], data: st.DataObject
) -> None:
    enough_for_one_each = -(-10_000 // min(given_shares))
    devices = data.draw(st.integers(enough_for_one_each, 10**7))
    phases = percents(*(share / 100 for share in given_shares))
    found = sizes(phases, devices)

    assert sum(found) == devices
    assert all(abs(size * 10_000 - share * devices) < 10_000 for size, share in zip(found, given_shares, strict=True))
    assert sizes([*phases[:-1], REST], devices) == found


@pytest.mark.parametrize(
    ("phases", "member", "problem"),
    [
        ([], "phases", "at least one"),
        (percents(60, 50), "phases", "more than all 10 devices"),
        (counts(4, 7), "phases", "more than all 10 devices"),
        ([*counts(4), *percents(70)], "phases", "more than all 10 devices"),
        (percents(60, 39.99), "phases", "less than all 10 devices: leave"),
        (counts(4, 5), "phases", "less than all 10 devices: leave"),
        ([*percents(100), REST], "phases[1]", "phase 2 would have no device"),
        ([*counts(9), *percents(1), REST], "phases[1]", "phase 2 would have no device"),
        (percents(*[9] * 10, 10), "phases[9]", "phase 10 would have no device"),
        ([REST, *percents(50)], "phases[0]", "only the last phase"),
        ([PlannedPhase(percent=10, devices=1), REST], "phases[0]", "not both"),
        ([*percents(0), REST], "phases[0].percent", "from 0.01 to 100"),
        ([*percents(-5), REST], "phases[0].percent", "from 0.01 to 100"),
        (percents(100.01), "phases[0].percent", "from 0.01 to 100"),
        ([*percents(float("nan")), REST], "phases[0].percent", "from 0.01 to 100"),
        ([*percents(0.125), REST], "phases[0].percent", "two decimals"),
        ([*percents(10), *counts(0), REST], "phases[1].devices", "1 or more"),
    ],
)
def test_phases_that_are_not_all_devices_are_refused_by_the_member(
    phases: list[PlannedPhase], member: str, problem: str
) -> None:
    with pytest.raises(InvalidMembers) as refused:
        sizes(phases, 10)
    ((named, said),) = refused.value.faults
    assert named == member
    assert problem in said


@given(hundredths(), st.integers(1, 40))
def test_no_phase_is_empty_as_long_as_there_are_devices_enough(given_shares: list[int], devices: int) -> None:
    phases = percents(*(share / 100 for share in given_shares))
    if devices < len(phases):
        with pytest.raises(InvalidMembers, match="would have no device"):
            sizes(phases, devices)
    else:
        assert min(sizes(phases, devices)) >= 1
        assert sum(sizes(phases, devices)) == devices


@given(SEEDS, FLEETS, st.data())
def test_every_device_of_a_list_is_in_exactly_one_phase_whatever_the_order(
    seed: str, fleet: set[str], data: st.DataObject
) -> None:
    found = sizes(counts(*data.draw(_sizes_of(len(fleet)))), len(fleet))
    phases = assign(seed, sorted(fleet), found)

    assert phases.keys() == fleet
    assert [[*phases.values()].count(number) for number in range(len(found))] == [*found]
    assert assign(seed, data.draw(st.permutations(sorted(fleet))), found) == phases


def _sizes_of(devices: int) -> st.SearchStrategy[list[int]]:
    cuts = st.sets(st.integers(1, max(devices - 1, 1)).filter(lambda cut: cut < devices), max_size=4)
    return cuts.map(lambda given: [end - start for start, end in pairwise([0, *sorted(given), devices])])


def test_a_list_that_the_sizes_do_not_fit_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="zip"):
        assign("seed", ["a", "b"], (1,))


@given(SEEDS, FLEETS, st.data())
def test_bounds_between_devices_leave_each_phase_those_of_a_list(
    seed: str, fleet: set[str], data: st.DataObject
) -> None:
    found = sizes(counts(*data.draw(_sizes_of(len(fleet)))), len(fleet))
    bounds = bounds_between(seed, fleet, found)

    assert {device: phase_at(position(seed, device), bounds) for device in fleet} == assign(seed, fleet, found)
    assert bounds[-1] == WHOLE


def test_of_those_that_come_later_an_exact_phase_takes_its_share_in_the_long_run() -> None:
    taken = [bounds_between(str(seed), ("first", "second"), (1, 1))[0] / WHOLE for seed in range(500)]
    assert mean(taken) == pytest.approx(0.5, abs=0.02)


@given(SEEDS, FLEETS)
def test_the_earlier_a_device_lies_the_earlier_is_its_phase_in_every_list(seed: str, fleet: set[str]) -> None:
    one_by_one = assign(seed, fleet, (1,) * len(fleet))

    assert sorted(fleet, key=one_by_one.__getitem__) == sorted(fleet, key=lambda device: position(seed, device))


@given(hundredths(), st.integers(0, MOST_RANKED) | st.integers(70_000, 10**7))
def test_the_bounds_of_phases_grow_up_to_the_whole(given_shares: list[int], devices: int) -> None:
    bounds = shares(percents(*(share / 100 for share in given_shares)), devices)
    assert bounds == tuple(end * WHOLE // 10_000 for end in accumulate(given_shares))
    assert bounds[-1] == WHOLE


@pytest.mark.parametrize(
    ("phases", "devices", "bounds"),
    [
        ([*counts(7), REST], 10_000_000, (WHOLE * 7 // 10_000_000, WHOLE)),
        ([*counts(250), *percents(10), REST], 1_000, (WHOLE // 4, WHOLE * 35 // 100, WHOLE)),
        ([REST], 0, (WHOLE,)),
    ],
)
def test_a_number_of_devices_is_a_share_of_the_targets_there_are(
    phases: list[PlannedPhase], devices: int, bounds: tuple[int, ...]
) -> None:
    assert shares(phases, devices) == bounds


@pytest.mark.parametrize(
    ("phases", "devices", "problem"),
    [
        ([*counts(1), REST], 0, "there are none yet"),
        ([*counts(7, 6), REST], 10_000_000, r"^phases\[1\]: phase 2 would have about 6 of 10000000 devices"),
        ([*percents(0.5), REST], 1_001, "phase 1 would have about 5.005 of 1001 devices, and chance"),
        ([*counts(10), REST], 10, "phase 2 would have no device"),
        (counts(11), 10, "more than all 10"),
    ],
)
def test_a_share_of_nothing_is_refused(phases: list[PlannedPhase], devices: int, problem: str) -> None:
    with pytest.raises(InvalidMembers, match=problem):
        shares(phases, devices)


@given(hundredths(), st.floats(0, 1, exclude_max=True), st.data())
def test_a_device_is_never_later_because_an_earlier_phase_grew(
    given_shares: list[int], device: float, data: st.DataObject
) -> None:
    bounds = [end * WHOLE // 10_000 for end in accumulate(given_shares)]
    grown = [data.draw(st.integers(bound, WHOLE)) for bound in bounds[:-1]]
    later = [*sorted(grown), WHOLE]

    assert 0 <= phase_at(device, later) <= phase_at(device, bounds) < len(bounds)


def test_a_bound_is_the_first_position_of_the_phase_that_follows() -> None:
    assert [phase_at(device, (WHOLE // 4, WHOLE)) for device in (0.0, 0.2499999, 0.25, 0.9999999)] == [0, 0, 1, 1]


def test_positions_are_even_and_another_seed_makes_other_devices_early() -> None:
    fleet = [f"device-{number}" for number in range(2_000)]
    early = {seed: {device for device in fleet if position(seed, device) < 0.1} for seed in ("one", "two")}

    assert all(150 < len(devices) < 250 for devices in early.values())
    assert len(early["one"] & early["two"]) < 50


def test_a_position_never_changes_between_versions() -> None:
    assert position("seed", "device") == 0.16728212304408643
