"""Planned deployments of configuration and workflows to long lists of devices (design section 7)."""

from __future__ import annotations

import pytest

from sluiceway.domain.counters import IN_FLIGHT
from sluiceway.domain.device_deployment import Status
from sluiceway.usecases.create_pushed_deployment import SEEDED_AT_ONCE
from sluiceway.usecases.deployments import load
from tests.support.pushed import ConfigSlots, PushedSlot, WorkflowSlots
from tests.support.ticks import repair_due

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
