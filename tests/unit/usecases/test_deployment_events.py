"""What happens to a deployment is in its history and is told, or neither, and in its order."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from sluiceway.domain.device_deployment import Status
from sluiceway.domain.errors import DeploymentState, NotFound
from sluiceway.domain.event import EVENT_BUS, Delivery, EventType
from sluiceway.domain.happenings import Happening
from sluiceway.domain.plan import Plan
from sluiceway.storage.memory import MemoryTable
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.create_deployment import create_deployment
from sluiceway.usecases.deliver_event import Attempt, deliver_event
from sluiceway.usecases.deployment_events import event_writes, history
from sluiceway.usecases.deployments import load
from sluiceway.usecases.outbox import load_event
from sluiceway.usecases.roll_back import roll_back
from sluiceway.usecases.steer_deployment import pause_deployment, resume_deployment
from tests.support.app import NOW, RecordedDeliveries
from tests.support.capacity import measured
from tests.support.faults import Crash, Fault, at_write
from tests.support.fleet import WORKSPACE, Fleet
from tests.support.ticks import repair_due
from tests.unit.usecases.stores import over

OPENED = [Happening(EventType.DEPLOYMENT_PHASE_OPENED, NOW, number) for number in range(12)]
BEGUN = [EventType.DEPLOYMENT_CREATED, EventType.DEPLOYMENT_PHASE_OPENED]
ENDED_AND_ROLLED_BACK = [*BEGUN, EventType.DEPLOYMENT_ABORTED, EventType.DEPLOYMENT_ROLLED_BACK]
"""What is told before anything else of a deployment that no look has told anything of."""


@pytest.fixture(name="fleet")
def _fleet() -> Fleet:
    return Fleet(MemoryTable())


def deploy(fleet: Fleet) -> str:
    """A deployment to two devices, one of which was offered it, and said what it had."""
    device = fleet.accept()
    definition = replace(fleet.definition(device, fleet.accept()), plan=Plan())
    deployment_id = create_deployment(fleet.service, WORKSPACE, definition, NOW)
    assert fleet.poll(device, installed="app-0")
    fleet.report(device, deployment_id, Status.FAILURE)
    return deployment_id


def happen(fleet: Fleet, deployment_id: str, *happened: Happening, after: timedelta = timedelta(0)) -> list[str]:
    """Commit what happened, and return the ids of the events."""
    deployment = load(fleet.service, WORKSPACE, deployment_id).deployment
    writes, events = event_writes(fleet.service, deployment, happened, NOW + after)
    fleet.service.table.write(*writes)
    return [event.id for event in events]


def told(fleet: Fleet, deployment_id: str) -> list[EventType]:
    return [entry.happening.type for entry in history(fleet.service, WORKSPACE, deployment_id)]


def test_the_history_is_in_order_however_much_happens_at_once(fleet: Fleet) -> None:
    deployment_id = deploy(fleet)
    ids = happen(fleet, deployment_id, *OPENED)
    earlier = Happening(EventType.DEPLOYMENT_PAUSED, NOW - timedelta(minutes=1), reason="operator", by="key-1")
    ids += happen(fleet, deployment_id, earlier, after=timedelta(seconds=1))
    found = history(fleet.service, WORKSPACE, deployment_id)
    assert [entry.happening for entry in found] == [*OPENED, earlier]
    assert [entry.event_id for entry in found] == ids
    assert len(set(ids)) == 13


def test_of_one_moment_what_was_written_on_a_later_head_comes_later(fleet: Fleet) -> None:
    deployment_id = deploy(fleet)
    for number in range(6):
        happen(fleet, deployment_id, replace(OPENED[0], phase=number))
        pause_or_resume = resume_deployment if number % 2 else pause_deployment
        pause_or_resume(fleet.service, WORKSPACE, deployment_id, "key-1", NOW)
    assert [entry.happening.phase for entry in history(fleet.service, WORKSPACE, deployment_id)] == [*range(6)]


def test_what_is_read_with_a_head_does_not_grow_with_its_history(fleet: Fleet) -> None:
    deployment_id = deploy(fleet)
    with measured(fleet.table) as before:
        load(fleet.service, WORKSPACE, deployment_id)
    happen(fleet, deployment_id, *OPENED)
    with measured(fleet.table) as after:
        load(fleet.service, WORKSPACE, deployment_id)
    assert (after.usage.calls, after.usage.read_units) == (before.usage.calls, before.usage.read_units)


def test_a_deployment_of_nobody_or_of_another_workspace_has_no_history(fleet: Fleet) -> None:
    deployment_id = deploy(fleet)
    assert history(fleet.service, WORKSPACE, deployment_id) == []
    for workspace, absent in ((WORKSPACE, "another"), ("another", deployment_id)):
        with pytest.raises(NotFound):
            history(fleet.service, workspace, absent)


def test_each_event_is_delivered_and_a_start_that_is_lost_is_made_good_by_the_tick(fleet: Fleet) -> None:
    deployment_id = deploy(fleet)
    (event_id,) = happen(fleet, deployment_id, OPENED[0])
    started = cast("RecordedDeliveries", fleet.service.deliveries).started
    assert started == []
    repair_due(fleet.service, NOW + timedelta(minutes=3))
    (event,) = (each for each in started if each.id == event_id)
    delivered = deliver_event(fleet.service, Attempt(WORKSPACE, event.order, event.generation, 0), NOW)
    assert (delivered.delivery, delivered.delivered) == (Delivery.DONE, frozenset({EVENT_BUS}))


def test_a_roll_back_is_told_once_and_by_whom_it_was_asked(fleet: Fleet) -> None:
    deployment_id = deploy(fleet)
    undoing = roll_back(fleet.service, WORKSPACE, deployment_id, NOW, by="key-1")
    assert roll_back(fleet.service, WORKSPACE, deployment_id, NOW, by="key-2") == undoing
    assert told(fleet, deployment_id) == ENDED_AND_ROLLED_BACK
    event_id, happening = history(fleet.service, WORKSPACE, deployment_id)[-1]
    assert happening == Happening(
        EventType.DEPLOYMENT_ROLLED_BACK, NOW, reason="operator", by="key-1", rolled_back_by=undoing
    )
    *_, event = cast("RecordedDeliveries", fleet.service.deliveries).started
    assert (event.id, event.subject) == (event_id, deployment_id)
    assert load_event(fleet.service, WORKSPACE, event.order) == replace(event, rev=1)
    assert json.loads(event.body)["data"]["rolled_back_by"] == undoing


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER])
def test_a_roll_back_is_told_if_and_only_if_it_is_made(fleet: Fleet, fault: Fault) -> None:
    deployment_id = deploy(fleet)
    abort_deployment(fleet.service, WORKSPACE, deployment_id, NOW)
    with pytest.raises(Crash):
        roll_back(over(fleet.service, at_write(0, fault)), WORKSPACE, deployment_id, NOW)
    is_made = bool(load(fleet.service, WORKSPACE, deployment_id).deployment.rolled_back_by)
    assert is_made is (fault is Fault.CRASH_AFTER)
    assert told(fleet, deployment_id) == ENDED_AND_ROLLED_BACK * is_made


def test_what_cannot_be_rolled_back_tells_nothing(fleet: Fleet) -> None:
    definition = replace(fleet.definition(fleet.accept()), plan=Plan())
    deployment_id = create_deployment(fleet.service, WORKSPACE, definition, NOW)
    with pytest.raises(DeploymentState):
        roll_back(fleet.service, WORKSPACE, deployment_id, NOW)
    assert told(fleet, deployment_id) == []
