"""Planned deployments of configuration and workflows to long lists of devices (design section 7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from sluiceway.domain.counters import IN_FLIGHT
from sluiceway.domain.deadlines import Deadlines
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.plan import Plan
from sluiceway.domain.spread import position
from sluiceway.storage.capacity import Usage
from sluiceway.usecases import push_rollout
from sluiceway.usecases.create_pushed_deployment import SEEDED_AT_ONCE
from sluiceway.usecases.deployments import load
from tests.support.capacity import measured
from tests.support.faults import Crash, Fault, FaultyTable, at_write
from tests.support.pushed import ConfigSlots, PushedSlot, WorkflowSlots
from tests.support.ticks import repair_due

HOUR = timedelta(hours=1)
BOTH = pytest.mark.parametrize("kind", [ConfigSlots, WorkflowSlots])


@BOTH
def test_a_list_that_is_too_long_for_one_call_is_pushed_to_whole(kind: type[PushedSlot]) -> None:
    it = kind(2_500)
    assert len(it.devices) > SEEDED_AT_ONCE
    planned = it.plan("v2")
    it.look(planned)
    assert not any(it.has(device) for device in it.devices[:3]), "their rows are still to be written"
    repair_due(it.service, it.tick())
    while it.look(planned) == it.now:
        pass
    rows = it.rows(planned)
    assert {(row.status, bool(row.artifact_id)) for row in rows.values()} == {(Status.PENDING, True)}
    assert load(it.service, it.workspace, planned).tally[IN_FLIGHT] == len(it.devices)


def price_of_pushing(kind: Callable[[int], PushedSlot], devices: int) -> Usage:
    """What it takes to push to so many devices, from the first look to the last one that has more to push."""
    it = kind(devices)
    planned = it.plan("v2")
    with measured(it.service.table) as meter:
        while it.look(planned) == it.now:
            pass
    assert all(row.artifact_id for row in it.rows(planned).values())
    return meter.usage


@BOTH
def test_pushing_to_twice_as_many_devices_costs_twice_as_much(kind: Callable[[int], PushedSlot]) -> None:
    half, whole = price_of_pushing(kind, 250), price_of_pushing(kind, 500)
    assert whole.calls <= 2.1 * half.calls
    assert whole.read_units <= 2.1 * half.read_units
    assert whole.write_units <= 2.1 * half.write_units


def test_a_look_without_room_reads_no_more_than_it_asks_about() -> None:
    """However many devices wait: with one in flight the others wait."""
    prices = []
    for devices in (50, 500):
        it = ConfigSlots(devices)
        planned = it.plan("v2", plan=Plan(most_in_flight=1))
        it.look(planned)
        with measured(it.service.table) as meter:
            it.look(planned)
        prices.append(meter.usage)
    few, many = prices
    assert many.read_units < few.read_units * 3


@BOTH
def test_what_devices_said_is_taken_in_parts_and_nobody_is_silent_meanwhile(
    kind: type[PushedSlot], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_rollout, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(push_rollout, "MOST_TOGETHER", 1)
    it = kind(5)
    planned = it.plan("v2", plan=Plan(deadlines=Deadlines(offered=HOUR)))
    while it.look(planned) == it.now:
        pass
    *spoke, silent = it.devices
    for device in spoke:
        it.works(device)
    it.now += HOUR
    assert it.look(planned) == it.now
    assert Counter(it.status(planned, each) for each in spoke) == {Status.SUCCESS: 2, Status.PENDING: 2}
    while it.look(planned) == it.now:
        pass
    assert [it.status(planned, each) for each in spoke] == [Status.SUCCESS] * 4
    assert it.status(planned, silent) is Status.TIMED_OUT


@BOTH
def test_who_waits_behind_what_others_waited_for_goes_on_waiting_and_then_has_its_turn(
    kind: type[PushedSlot], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_rollout, "MOST_TOGETHER", 2)
    it = kind(5)
    older = it.plan("v1")
    it.look(older)
    planned = it.plan("v2")
    it.look(planned)
    assert [it.has(device) for device in it.devices] == ["v1"] * 5
    done, *waiting = it.devices
    it.works(done)
    it.look(older)
    it.look(planned)
    assert [it.has(device) for device in it.devices] == ["v2", *["v1"] * 4]
    it.give(waiting[-1], "v3")
    it.look(planned)
    assert it.status(planned, waiting[-1]) is Status.SUPERSEDED


@BOTH
@pytest.mark.parametrize("number", range(4))
def test_who_was_offered_it_in_a_look_that_died_is_given_it_though_others_come_first(
    kind: Callable[[int], PushedSlot], number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_rollout, "MOST_TOGETHER", 1)
    it = kind(2)
    first, last = sorted(it.devices, key=lambda device: position("seed", device))
    older = it.plan("v1", first)
    it.look(older)
    planned = it.plan("v2", plan=Plan(seed="seed", most_in_flight=1))
    dying = replace(it.service, table=FaultyTable(it.service.table, at_write(number, Fault.CRASH_AFTER)))
    with suppress(Crash):
        it.look(planned, dying)
    it.works(first)
    it.look(older)
    it.look(planned)
    it.look(planned)
    in_flight = [row for row in it.rows(planned).values() if row.asked]
    assert [(row.device_id, bool(row.artifact_id)) for row in in_flight] in ([(first, True)], [(last, True)])
