"""Devices are accepted, rejected, grouped and removed in any order, and every cut of a group stays what it was."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sluiceway.domain.device import AuthStatus, Device
from sluiceway.domain.errors import NotFound
from sluiceway.domain.fleet import GROUP_SHARDS, Cut, group_shard
from sluiceway.storage import keys
from sluiceway.storage.device_items import read_entry
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Backoff, Query
from sluiceway.usecases.decommission import remove_device
from sluiceway.usecases.devices import get_device
from sluiceway.usecases.fleet import targets_of_cut
from sluiceway.usecases.groups import (
    accepted_in_group_now,
    list_groups,
    list_members,
    put_in_group,
    put_many_in_group,
    take_out_of_group,
)
from sluiceway.usecases.known_devices import load_device
from sluiceway.usecases.service import Service
from sluiceway.usecases.set_auth_status import AuthDecision, set_auth_status
from tests.support.app import NOW
from tests.support.capacity import measured
from tests.support.fleet import WORKSPACE, Fleet
from tests.support.soak import examples
from tests.unit.usecases.stores import before_call, over

GROUPS = ("lab", "field")


def a_fleet() -> Fleet:
    return Fleet(MemoryTable(Backoff(sleep=lambda _: None)))


def decide(service: Service, device_id: str, status: AuthStatus) -> None:
    known = get_device(service, WORKSPACE, device_id)
    set_auth_status(service, WORKSPACE, AuthDecision(device_id, known.auth_sets[0].id, status), NOW)


def heads(fleet: Fleet, ids: list[str]) -> list[Device]:
    loaded = (load_device(fleet.service, WORKSPACE, device_id) for device_id in ids)
    return [head for head in loaded if head]


def assert_consistent(fleet: Fleet, ids: list[str]) -> None:
    """Shards, members and the list of devices say what the heads say."""
    devices = heads(fleet, ids)
    for group in GROUPS:
        inside = sorted(device.id for device in devices if device.groups.group == group)
        counted, _ = accepted_in_group_now(fleet.service, WORKSPACE, group)
        assert counted == sum(device.is_accepted for device in devices if device.groups.group == group)
        if inside:
            assert list_members(fleet.service, WORKSPACE, group, offset=0, limit=99) == (inside, len(inside))
        else:
            with pytest.raises(NotFound):
                list_members(fleet.service, WORKSPACE, group, offset=0, limit=99)
    assert list_groups(fleet.service, WORKSPACE) == sorted({device.groups.group for device in devices} - {""})
    entries = [read_entry(r.item) for r in read_all(fleet.table, Query(keys.device_directory(WORKSPACE)))]
    assert {entry.device_id: entry.groups for entry in entries} == {device.id: device.groups for device in devices}


class GroupsMachine(RuleBasedStateMachine):
    """Three devices, two groups; cuts are kept to be tried later."""

    def __init__(self) -> None:
        super().__init__()
        self.fleet = a_fleet()
        self.ids = [str(self.fleet.accept()["sub"]) for _ in range(3)]
        self.cuts: list[tuple[Cut, set[str]]] = []

    @rule(place=st.integers(0, 2), group=st.sampled_from(GROUPS))
    def put(self, place: int, group: str) -> None:
        with suppress(NotFound):
            put_in_group(self.fleet.service, WORKSPACE, self.ids[place], group, NOW)

    @rule(place=st.integers(0, 2), group=st.sampled_from(GROUPS))
    def take_out(self, place: int, group: str) -> None:
        with suppress(NotFound):
            take_out_of_group(self.fleet.service, WORKSPACE, self.ids[place], group, NOW)

    @rule(place=st.integers(0, 2), status=st.sampled_from([AuthStatus.ACCEPTED, AuthStatus.REJECTED]))
    def decide(self, place: int, status: AuthStatus) -> None:
        with suppress(NotFound):
            decide(self.fleet.service, self.ids[place], status)

    @rule(place=st.integers(0, 2))
    def remove(self, place: int) -> None:
        with suppress(NotFound):
            remove_device(self.fleet.service, WORKSPACE, self.ids[place], NOW)

    @rule(group=st.sampled_from(GROUPS))
    def cut(self, group: str) -> None:
        inside = {d.id for d in heads(self.fleet, self.ids) if d.is_accepted and d.groups.group == group}
        size, cut = accepted_in_group_now(self.fleet.service, WORKSPACE, group)
        assert size == len(inside)
        self.cuts.append((cut, inside))

    @invariant()
    def everything_agrees(self) -> None:
        assert_consistent(self.fleet, self.ids)

    @invariant()
    def every_cut_still_names_those_who_were_in_then(self) -> None:
        for cut, inside in self.cuts[-5:]:
            assert set(targets_of_cut(self.fleet.service, WORKSPACE, len(inside), cut)) == inside


GroupsMachine.TestCase.settings = settings(max_examples=examples(25), stateful_step_count=14, deadline=None)
TestGroups = GroupsMachine.TestCase


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("rival", ["other group", "rejected", "removed"])
def test_two_changes_of_a_device_at_once_leave_its_groups_consistent(number: int, rival: str) -> None:
    fleet = a_fleet()
    device_id = str(fleet.accept()["sub"])
    turns = {
        "other group": lambda: put_in_group(fleet.service, WORKSPACE, device_id, "field", NOW),
        "rejected": lambda: decide(fleet.service, device_id, AuthStatus.REJECTED),
        "removed": lambda: remove_device(fleet.service, WORKSPACE, device_id, NOW),
    }
    with suppress(NotFound):
        put_in_group(over(fleet.service, before_call(number, turns[rival])), WORKSPACE, device_id, "lab", NOW)
    assert_consistent(fleet, [device_id])


def test_two_devices_of_one_shard_never_take_the_same_number() -> None:
    fleet = a_fleet()
    by_shard: dict[int, list[str]] = {}
    for _ in range(GROUP_SHARDS + 1):
        device_id = str(fleet.accept()["sub"])
        by_shard.setdefault(group_shard(device_id), []).append(device_id)
    one, other = max(by_shard.values(), key=len)[:2]
    for number in range(5):
        rival = before_call(number, lambda: put_in_group(fleet.service, WORKSPACE, other, "lab", NOW))
        put_in_group(over(fleet.service, rival), WORKSPACE, one, "lab", NOW)
        starts = [head.groups.spans[-1].start for head in heads(fleet, [one, other])]
        assert len(set(starts)) == len(starts)
        for device_id in (one, other):
            put_many_in_group(fleet.service, WORKSPACE, "field", [device_id], NOW)


@pytest.mark.parametrize("leaving", ["other group", "no group", "rejected", "removed"])
def test_a_device_that_left_stays_a_target_of_what_was_cut_before_and_of_nothing_later(leaving: str) -> None:
    fleet = a_fleet()
    device_id = str(fleet.accept()["sub"])
    put_in_group(fleet.service, WORKSPACE, device_id, "lab", NOW)
    size, cut = accepted_in_group_now(fleet.service, WORKSPACE, "lab")
    {
        "other group": lambda: put_in_group(fleet.service, WORKSPACE, device_id, "field", NOW),
        "no group": lambda: take_out_of_group(fleet.service, WORKSPACE, device_id, "lab", NOW),
        "rejected": lambda: decide(fleet.service, device_id, AuthStatus.REJECTED),
        "removed": lambda: remove_device(fleet.service, WORKSPACE, device_id, NOW),
    }[leaving]()
    later_size, later = accepted_in_group_now(fleet.service, WORKSPACE, "lab")
    assert (size, targets_of_cut(fleet.service, WORKSPACE, size, cut)) == (1, [device_id])
    assert (later_size, targets_of_cut(fleet.service, WORKSPACE, 1, later)) == (0, [])


def test_a_device_remembers_its_newest_spans_only() -> None:
    fleet = a_fleet()
    device_id = str(fleet.accept()["sub"])
    for number in range(30):
        put_in_group(fleet.service, WORKSPACE, device_id, GROUPS[number % 2], NOW)
    (head,) = heads(fleet, [device_id])
    assert len(head.groups.spans) == 8
    _, cut = accepted_in_group_now(fleet.service, WORKSPACE, head.groups.group)
    assert head.was_in(cut)


def test_the_groups_of_a_status_count_the_devices_of_each_status() -> None:
    fleet = a_fleet()
    ids = [str(fleet.accept()["sub"]) for _ in range(3)]
    put_many_in_group(fleet.service, WORKSPACE, "lab", ids, NOW)
    decide(fleet.service, ids[0], AuthStatus.REJECTED)
    assert Counter(d.status for d in heads(fleet, ids)) == {AuthStatus.ACCEPTED: 2, AuthStatus.REJECTED: 1}
    assert accepted_in_group_now(fleet.service, WORKSPACE, "lab")[0] == 2


def test_counting_a_group_is_one_read_and_moving_a_device_one_transaction_of_six_items() -> None:
    fleet = a_fleet()
    device_id = str(fleet.accept()["sub"])
    put_in_group(fleet.service, WORKSPACE, device_id, "field", NOW)
    with measured(fleet.table) as meter:
        put_in_group(fleet.service, WORKSPACE, device_id, "lab", NOW)
    assert meter.usage.write_units <= 12
    with measured(fleet.table) as meter:
        accepted_in_group_now(fleet.service, WORKSPACE, "lab")
    assert (meter.usage.calls, meter.usage.read_units) == (1, 1)
