"""What it costs to push a deployment to one device more: dry runs charge that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sluiceway.domain.plan import Plan
from sluiceway.domain.projection import PUSHED_AT_ONCE, PUSHED_TOGETHER, PUSHES, WATCH
from sluiceway.domain.slots import SlotKind
from sluiceway.storage.capacity import Usage
from sluiceway.usecases.push_rollout import MOST_AT_ONCE, MOST_TOGETHER
from tests.engine.test_pushed_config import PushedConfig
from tests.engine.test_pushed_workflows import PushedWorkflow
from tests.support.capacity import measured

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


def test_dry_runs_know_how_many_devices_a_look_pushes_to() -> None:
    assert (PUSHED_AT_ONCE, PUSHED_TOGETHER) == (MOST_AT_ONCE, MOST_TOGETHER)
