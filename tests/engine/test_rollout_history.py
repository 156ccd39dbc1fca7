"""What the executions of rollouts do is in their history and told, each thing once, whatever crashes on the way."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import cast

import pytest

from sluiceway.domain.device_deployment import Status
from sluiceway.domain.errors import DeploymentFinished, Unavailable
from sluiceway.domain.event import EventType
from sluiceway.domain.gates import Gate, GateReason, Reaction, Signal, SignalKind, SignalState
from sluiceway.domain.plan import Plan, PlannedPhase
from sluiceway.domain.rollout_effects import RolloutReason
from sluiceway.domain.steering import MOST_COMMANDS, MOST_SWITCHES, CommandKind
from sluiceway.storage.memory import MemoryTable
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.change_plan import change_phases
from sluiceway.usecases.create_deployment import create_deployment
from sluiceway.usecases.deployment_events import history
from sluiceway.usecases.deployments import load
from sluiceway.usecases.ports import Claims
from sluiceway.usecases.roll_back import roll_back
from sluiceway.usecases.service import Service
from sluiceway.usecases.steer_deployment import approve_phase, open_next_phase, pause_deployment, resume_deployment
from tests.support.app import NOW, RecordedDeliveries, RecordedSignals
from tests.support.executions import advance
from tests.support.faults import Crash, Fault, FaultyTable, at_write
from tests.support.fleet import WORKSPACE, Fleet

KEY = "api_key_of_an_operator"
A_SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
BEGUN = [(EventType.DEPLOYMENT_CREATED, ""), (EventType.DEPLOYMENT_PHASE_OPENED, "")]


@pytest.fixture(name="fleet")
def _fleet() -> Fleet:
    return Fleet(MemoryTable())


def deploy(fleet: Fleet, plan: Plan, *devices: Claims) -> str:
    definition = replace(fleet.definition(*devices), plan=plan)
    return create_deployment(fleet.service, WORKSPACE, definition, NOW)


def told(fleet: Fleet, deployment_id: str) -> list[tuple[EventType, str]]:
    """What has happened, and why."""
    found = history(fleet.service, WORKSPACE, deployment_id)
    return [(entry.happening.type, entry.happening.reason) for entry in found]


def look(fleet: Fleet, deployment_id: str, now: datetime = NOW, service: Service | None = None) -> None:
    advance(service or fleet.service, WORKSPACE, deployment_id, now)


def test_a_rollout_is_told_from_its_creation_to_its_end_and_once(fleet: Fleet) -> None:
    devices = [fleet.accept(), fleet.accept()]
    held = Plan((PlannedPhase(devices=1, gate=Gate(needs_approval=True)), PlannedPhase()))
    deployment_id = deploy(fleet, held, *devices)
    look(fleet, deployment_id)
    pause_deployment(fleet.service, WORKSPACE, deployment_id, KEY, NOW)
    resume_deployment(fleet.service, WORKSPACE, deployment_id, KEY, NOW)
    open_next_phase(fleet.service, WORKSPACE, deployment_id, KEY, NOW)
    look(fleet, deployment_id, NOW + A_SECOND)
    for device in devices:
        assert fleet.poll(device)
        fleet.report(device, deployment_id, Status.SUCCESS)
    for seconds in (2, 3):
        look(fleet, deployment_id, NOW + seconds * A_SECOND)
    assert told(fleet, deployment_id) == [
        *BEGUN,
        (EventType.DEPLOYMENT_PAUSED, "operator"),
        (EventType.DEPLOYMENT_RESUMED, "operator"),
        (EventType.DEPLOYMENT_PHASE_FORCED, "operator"),
        (EventType.DEPLOYMENT_PHASE_OPENED, ""),
        (EventType.DEPLOYMENT_FINISHED, ""),
    ]
    started = cast("RecordedDeliveries", fleet.service.deliveries).started
    entries = history(fleet.service, WORKSPACE, deployment_id)
    assert [event.id for event in started] == [entry.event_id for entry in entries]


def switch(fleet: Fleet, deployment_id: str, times: int) -> None:
    """Pause and resume in turn, a second between two."""
    for number in range(times):
        steer = resume_deployment if number % 2 else pause_deployment
        steer(fleet.service, WORKSPACE, deployment_id, KEY, NOW + number * A_SECOND)


@pytest.mark.parametrize("times", [3, 4, 5, 6, 25])
def test_a_pause_and_a_resume_are_taken_however_many_no_look_has_heard_of(fleet: Fleet, times: int) -> None:
    """The newest are told, and that there were more."""
    device = fleet.accept()
    deployment_id = deploy(fleet, Plan(), device)
    look(fleet, deployment_id)
    switch(fleet, deployment_id, times)
    assert bool(fleet.poll(device)) is (times % 2 == 0), "it is paused after an odd number"
    look(fleet, deployment_id, NOW + HOUR)
    kept = times if times <= MOST_SWITCHES else MOST_SWITCHES - times % 2
    words = (EventType.DEPLOYMENT_PAUSED, EventType.DEPLOYMENT_RESUMED)
    entries = [entry.happening for entry in history(fleet.service, WORKSPACE, deployment_id)][len(BEGUN) :]
    assert [(entry.at, entry.type) for entry in entries] == [
        (NOW + number * A_SECOND, words[number % 2]) for number in range(times - kept, times)
    ]
    first = RolloutReason.OPERATOR if kept == times else RolloutReason.OPERATOR_REPEATEDLY
    assert [entry.reason for entry in entries] == [first, *[RolloutReason.OPERATOR] * (kept - 1)]


def test_a_pause_is_taken_where_no_room_is_left_for_what_only_an_execution_does(fleet: Fleet) -> None:
    device = fleet.accept()
    deployment_id = deploy(fleet, Plan((PlannedPhase(gate=Gate(needs_approval=True)),)), device)
    for _ in range(MOST_COMMANDS):
        approve_phase(fleet.service, WORKSPACE, deployment_id, KEY, NOW)
    with pytest.raises(Unavailable, match="wait for the execution, which does not run"):
        approve_phase(fleet.service, WORKSPACE, deployment_id, KEY, NOW)
    switch(fleet, deployment_id, MOST_SWITCHES + 1)
    assert not fleet.poll(device)
    commands = load(fleet.service, WORKSPACE, deployment_id).deployment.steering.commands
    switches = (CommandKind.PAUSE, CommandKind.RESUME, CommandKind.PAUSE)
    assert [command.kind for command in commands] == [*[CommandKind.APPROVE] * MOST_COMMANDS, *switches]


def test_an_operators_abort_is_told_by_the_next_look(fleet: Fleet) -> None:
    deployment_id = deploy(fleet, Plan(), fleet.accept())
    look(fleet, deployment_id)
    abort_deployment(fleet.service, WORKSPACE, deployment_id, NOW, by=KEY)
    for seconds in (1, 2):
        look(fleet, deployment_id, NOW + seconds * A_SECOND)
    assert told(fleet, deployment_id) == [*BEGUN, (EventType.DEPLOYMENT_ABORTED, "operator")]
    assert history(fleet.service, WORKSPACE, deployment_id)[-1].happening.by == KEY


def test_what_ends_before_the_first_look_is_told_after_its_creation(fleet: Fleet) -> None:
    aborted = deploy(fleet, Plan(), fleet.accept())
    abort_deployment(fleet.service, WORKSPACE, aborted, NOW, by=KEY)
    device = fleet.accept()
    undone = deploy(fleet, Plan(priority=1), device)
    assert fleet.poll(device)
    roll_back(fleet.service, WORKSPACE, undone, NOW, by=KEY)
    for seconds, deployment_id in ((1, aborted), (1, undone), (2, undone)):
        look(fleet, deployment_id, NOW + seconds * A_SECOND)
    end = (EventType.DEPLOYMENT_ABORTED, "operator")
    assert told(fleet, aborted) == [*BEGUN, end]
    assert told(fleet, undone) == [*BEGUN, end, (EventType.DEPLOYMENT_ROLLED_BACK, "operator")]


@pytest.mark.parametrize("is_seen", [True, False])
def test_the_end_of_what_is_rolled_back_is_told_once_and_before(fleet: Fleet, *, is_seen: bool) -> None:
    active, done = fleet.accept(), fleet.accept()
    aborted, finished = deploy(fleet, Plan(), active), deploy(fleet, Plan(priority=1), done)
    for device, deployment_id in ((active, aborted), (done, finished)):
        look(fleet, deployment_id)
        assert fleet.poll(device)
    fleet.report(done, finished, Status.SUCCESS)
    if is_seen:
        look(fleet, finished, NOW + A_SECOND)
        abort_deployment(fleet.service, WORKSPACE, aborted, NOW + A_SECOND, by=KEY)
        look(fleet, aborted, NOW + A_SECOND)
    for deployment_id, end in (
        (aborted, (EventType.DEPLOYMENT_ABORTED, "operator")),
        (finished, (EventType.DEPLOYMENT_FINISHED, "")),
    ):
        roll_back(fleet.service, WORKSPACE, deployment_id, NOW + 2 * A_SECOND, by=KEY)
        look(fleet, deployment_id, NOW + 3 * A_SECOND)
        assert told(fleet, deployment_id) == [*BEGUN, end, (EventType.DEPLOYMENT_ROLLED_BACK, "operator")]


def test_a_change_of_the_plan_is_told_with_who_asked_for_it_and_one_that_changes_nothing_is_not(fleet: Fleet) -> None:
    first, later = PlannedPhase(devices=1), PlannedPhase(start=NOW + timedelta(days=1))
    deployment_id = deploy(fleet, Plan((first, later)), *_devices(fleet))
    for changed in (later, replace(later, start=NOW + timedelta(days=2))):
        change_phases(fleet.service, WORKSPACE, deployment_id, [first, changed], NOW, by=KEY)
    look(fleet, deployment_id)
    entries = history(fleet.service, WORKSPACE, deployment_id)
    assert told(fleet, deployment_id) == [*BEGUN, (EventType.DEPLOYMENT_PLAN_CHANGED, "operator")]
    assert entries[-1].happening.by == KEY


def test_an_outside_signal_is_asked_and_its_alarm_pauses(fleet: Fleet) -> None:
    signals = RecordedSignals({"Restarts": SignalState.OK})
    service = replace(fleet.service, signals=lambda: signals)
    gate = Gate(signal=Signal(SignalKind.ALARM, "Restarts"))
    deployment_id = deploy(fleet, Plan((PlannedPhase(devices=1, gate=gate), PlannedPhase())), *_devices(fleet))
    look(fleet, deployment_id, service=service)
    assert told(fleet, deployment_id) == BEGUN
    signals.states["Restarts"] = SignalState.ALARM
    look(fleet, deployment_id, NOW + A_SECOND, service)
    assert told(fleet, deployment_id) == [
        *BEGUN,
        (EventType.DEPLOYMENT_GATE_BREACHED, GateReason.SIGNAL_ALARM),
        (EventType.DEPLOYMENT_PAUSED, GateReason.SIGNAL_ALARM),
    ]
    assert load(fleet.service, WORKSPACE, deployment_id).deployment.steering.pause


def test_the_outside_signal_of_what_was_aborted_is_not_asked(fleet: Fleet) -> None:
    signals = RecordedSignals()
    gate = Gate(signal=Signal(SignalKind.ALARM, "Restarts"))
    deployment_id = deploy(fleet, Plan((PlannedPhase(devices=1, gate=gate), PlannedPhase())), *_devices(fleet))
    abort_deployment(fleet.service, WORKSPACE, deployment_id, NOW)
    look(fleet, deployment_id, service=replace(fleet.service, signals=lambda: signals))
    assert signals.asked == []


@pytest.mark.parametrize(
    ("answer", "event", "reason"),
    [
        (SignalState.OK, EventType.DEPLOYMENT_GATE_PASSED, ""),
        (SignalState.UNKNOWN, EventType.DEPLOYMENT_GATE_UNDECIDED, GateReason.SIGNAL_UNKNOWN),
    ],
)
def test_a_signal_that_gives_no_answer_when_all_devices_have_ended_is_asked_again(
    fleet: Fleet, answer: SignalState, event: EventType, reason: str
) -> None:
    signals = RecordedSignals({"Restarts": SignalState.UNKNOWN})
    service = replace(fleet.service, signals=lambda: signals)
    device = fleet.accept()
    deployment_id = deploy(fleet, Plan((PlannedPhase(gate=Gate(signal=Signal(SignalKind.ALARM, "Restarts"))),)), device)
    assert fleet.poll(device)
    fleet.report(device, deployment_id, Status.SUCCESS)
    again: datetime | None = NOW
    while again is not None:
        signals.states["Restarts"] = answer if again > NOW + timedelta(minutes=30) else SignalState.UNKNOWN
        last, again = again, advance(service, WORKSPACE, deployment_id, again)
    assert told(fleet, deployment_id) == [*BEGUN, (EventType.DEPLOYMENT_FINISHED, ""), (event, reason)]
    assert last <= NOW + timedelta(hours=1)


def test_whoever_approves_what_has_ended_is_told_what_is_left_to_do(fleet: Fleet) -> None:
    device = fleet.accept()
    deployment_id = deploy(fleet, Plan((PlannedPhase(gate=Gate(needs_approval=True)),)), device)
    assert fleet.poll(device)
    fleet.report(device, deployment_id, Status.SUCCESS)
    look(fleet, deployment_id)
    with pytest.raises(DeploymentFinished, match=r"no gate of it waits for anybody: roll it back .* or make another"):
        approve_phase(fleet.service, WORKSPACE, deployment_id, KEY, NOW)
    undecided = (EventType.DEPLOYMENT_GATE_UNDECIDED, GateReason.NEEDS_APPROVAL)
    assert told(fleet, deployment_id) == [*BEGUN, undecided, (EventType.DEPLOYMENT_FINISHED, "")]


def _devices(fleet: Fleet) -> list[Claims]:
    return [fleet.accept(), fleet.accept()]


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER])
def test_a_roll_back_is_told_once_whichever_write_its_execution_dies_at(fault: Fault) -> None:
    for number in count():
        fleet = Fleet(MemoryTable())
        device = fleet.accept()
        gate = Gate(most_failures=0, on_breach=Reaction.ROLL_BACK)
        deployment_id = deploy(fleet, Plan((PlannedPhase(gate=gate),)), device, fleet.accept())
        assert fleet.poll(device, installed="app-0")
        fleet.report(device, deployment_id, Status.FAILURE)
        dying = FaultyTable(fleet.table, at_write(number, fault))
        dies = True
        with suppress(Crash):
            look(fleet, deployment_id, service=replace(fleet.service, table=dying))
            dies = False
        look(fleet, deployment_id, NOW + A_SECOND)
        happened = told(fleet, deployment_id)
        assert happened[:2] == BEGUN
        assert happened[2:] == [
            (EventType.DEPLOYMENT_GATE_BREACHED, GateReason.TOO_MANY_FAILURES),
            (EventType.DEPLOYMENT_ABORTED, GateReason.TOO_MANY_FAILURES),
            (EventType.DEPLOYMENT_ROLLED_BACK, ""),
        ]
        if not dies:
            assert number > 3
            return
