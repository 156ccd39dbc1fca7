"""What it costs to push a deployment to one device more, which dry runs charge, and to look at very many."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from sluiceway.domain.counters import ASKED
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.plan import Plan
from sluiceway.domain.projection import PUSHED_AT_ONCE, PUSHED_TOGETHER, PUSHES, WATCH
from sluiceway.domain.slots import SlotKind
from sluiceway.storage.capacity import Usage
from sluiceway.usecases.deployments import load
from sluiceway.usecases.push_rollout import MOST_AT_ONCE, MOST_TOGETHER
from tests.engine.test_pushed_config import PushedConfig
from tests.engine.test_pushed_workflows import PushedWorkflow
from tests.support.capacity import measured
from tests.support.pushed import ConfigSlots, PushedSlot, WorkflowSlots

MINUTE = timedelta(minutes=1)
FEW, MANY = 1, 21


def succeed(it: PushedConfig | PushedWorkflow) -> None:
    """Let all devices run what they were given."""
    if isinstance(it, PushedConfig):
        it.report(it.given())
        return
    for device in it.devices:
        it.fleet.runs(device, it.workflow, it.versions["v2"])


def looked(it: PushedConfig | PushedWorkflow) -> list[Usage]:
    """Return what the look costs that pushes, one that finds nothing new, and the one that sees the end."""
    usages = [look(it), look(it)]
    succeed(it)
    return [*usages, look(it)]


def look(it: PushedConfig | PushedWorkflow) -> Usage:
    with measured(it.service.table) as meter:
        it.look(MINUTE)
    return meter.usage


@pytest.mark.parametrize(("slot", "kind"), [(SlotKind.CONFIG, PushedConfig), (SlotKind.WORKFLOW, PushedWorkflow)])
def test_a_device_more_costs_what_dry_runs_charge(slot: SlotKind, kind: type[PushedConfig | PushedWorkflow]) -> None:
    one, all_of_them = looked(kind(Plan(), devices=FEW)), looked(kind(Plan(), devices=MANY))
    reads = [(many.read_units - few.read_units) / (MANY - FEW) for few, many in zip(one, all_of_them, strict=True)]
    writes = [(many.write_units - few.write_units) / (MANY - FEW) for few, many in zip(one, all_of_them, strict=True)]
    pushing, watching, ending = reads
    assert PUSHES[slot].read_units - 3 <= pushing + ending <= PUSHES[slot].read_units
    assert WATCH.read_units - 1 <= watching <= WATCH.read_units + 0.5
    assert PUSHES[slot].write_units - 1 <= sum(writes) <= PUSHES[slot].write_units


BOTH = pytest.mark.parametrize("kind", [ConfigSlots, WorkflowSlots])
ALL, CHANGED = 10_000, 50
SOME, MORE = 150, 350
"""Devices that stand for ten thousand: each one more costs the same."""


def extrapolated(price: Callable[[int], Usage]) -> tuple[float, float]:
    """Return the calls and read units that so many devices cost, by what some and more of them do."""
    some, more = price(SOME), price(MORE)
    steps = (ALL - SOME) / (MORE - SOME)
    calls, read_units = more.calls - some.calls, more.read_units - some.read_units
    return some.calls + steps * calls, some.read_units + steps * read_units


@BOTH
def test_a_look_at_many_devices_of_which_few_have_spoken_reads_little_more_than_one_item_of_each(
    kind: type[PushedSlot],
) -> None:
    """A config deployment, or a slot; the index of rows lists many at once. Who has changed is written one by one."""

    def price(devices: int) -> Usage:
        it = kind(devices)
        planned = it.plan("v2")
        while it.look(planned) == it.now:
            pass
        for device in it.devices[:CHANGED]:
            it.works(device)
        with measured(it.service.table) as meter:
            it.look(planned)
        assert load(it.service, it.workspace, planned).tally[Status.SUCCESS] == CHANGED
        return meter.usage

    calls, read_units = extrapolated(price)
    assert read_units <= ALL * 1.2 + CHANGED * 6
    assert calls <= ALL * 0.04 + CHANGED * 3


@BOTH
def test_a_look_at_many_devices_that_wait_for_another_deployment_asks_for_them_in_batches(
    kind: type[PushedSlot],
) -> None:
    """Once it is known what goes first, which is found out with the first hundred."""

    def price(devices: int) -> Usage:
        it = kind(devices)
        older, planned = it.plan("v1"), it.plan("v2")
        while it.look(older) == it.now:
            pass
        with measured(it.service.table) as meter:
            it.look(planned)
        assert not load(it.service, it.workspace, planned).tally[ASKED]
        return meter.usage

    calls, read_units = extrapolated(price)
    assert calls <= MOST_TOGETHER + ALL * 0.07
    assert read_units <= ALL * 3.5


def test_dry_runs_know_how_many_devices_a_look_pushes_to() -> None:
    assert (PUSHED_AT_ONCE, PUSHED_TOGETHER) == (MOST_AT_ONCE, MOST_TOGETHER)
