"""Sixteen operators at once: operations on workflow slots hold one after the other, and a name is given away once."""

from __future__ import annotations

from itertools import pairwise

from sluiceway.domain.errors import InvalidField
from sluiceway.storage import keys
from sluiceway.storage.table import Table
from sluiceway.usecases.object_lists import ObjectListing
from sluiceway.usecases.workflow_versions import NewWorkflowVersion, list_workflow_versions, publish_workflow_version
from tests.storage.test_races import THREADS, at_once
from tests.support.app import NOW
from tests.support.workflow_fleet import WORKSPACE, WorkflowFleet


def test_releases_at_once_hold_one_after_the_other_on_every_device(faithful_table: Table) -> None:
    fleet = WorkflowFleet(faithful_table)
    pump, devices = fleet.workflow(), fleet.devices(3)
    for number in range(THREADS):
        fleet.publish(pump, f"v{number}")

    at_once(lambda number: fleet.release({pump.id: f"v{number}"}, *devices))

    logs = [shown.log for shown in fleet.slots()]
    assert len({tuple(entry.new for entry in log) for log in logs}) == 1
    assert len({entry.new for entry in logs[0]}) == THREADS
    assert all(one.new == following.previous for log in logs for one, following in pairwise(log))
    assert faithful_table.get(keys.workflow_ledger(WORKSPACE)) == {"op": THREADS}


def test_of_many_who_publish_a_name_at_once_one_does(faithful_table: Table) -> None:
    fleet = WorkflowFleet(faithful_table)
    pump = fleet.workflow()

    def publish(_: int) -> bool:
        try:
            publish_workflow_version(fleet.service, WORKSPACE, pump.id, NewWorkflowVersion("v1"), NOW)
        except InvalidField:
            return False
        return True

    assert at_once(publish).count(True) == 1
    assert list_workflow_versions(fleet.service, WORKSPACE, pump.id, ObjectListing()).total == 1
