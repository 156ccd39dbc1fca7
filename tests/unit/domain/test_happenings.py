"""What is told of a rollout: each thing once, at its time, with who asked for it or why it came."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from sluiceway.domain.deployment import Deployment, State, Target
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.event import Event, EventType
from sluiceway.domain.gates import Gate, GateReason, PhaseTally, Reaction
from sluiceway.domain.happenings import Happening, event_of, happenings
from sluiceway.domain.phases import NONE_OPEN
from sluiceway.domain.plan import AtEnd, Plan, PlannedPhase
from sluiceway.domain.rollout import Abort, Breach, HeadView, RollBack, RolloutReason, RolloutRun, Step
from sluiceway.domain.steering import Command, CommandKind
from tests.support.app import NOW
from tests.support.rollouts import Rollout

CREATED, LATER = NOW - timedelta(hours=1), NOW + timedelta(minutes=5)
HEAD = Deployment("w", "d-1", "1-d-1", CREATED, "fix", "app-2", Target.LIST, size=9, shards=1, open_phase=NONE_OPEN)
LOOKED_AT = RolloutRun(changed_at=CREATED)
QUIET = Step(LOOKED_AT, (), None)
THREE = Plan((PlannedPhase(devices=1), PlannedPhase(devices=1), PlannedPhase()))


def told_of(it: Rollout, *commands: Command) -> list[Happening]:
    """Look, and say what is told of it."""
    run, head = it.run, replace(HEAD, open_phase=it.head.open_phase)
    it.commands = list(commands)
    return list(happenings(head, run, it.look(), commands, it.now))


def test_the_first_look_tells_of_the_creation_and_of_what_was_open_from_the_start() -> None:
    first = RolloutRun()
    told = happenings(replace(HEAD, open_phase=0), first, Step(LOOKED_AT, (), None), (), NOW)
    assert told == (
        Happening(EventType.DEPLOYMENT_CREATED, CREATED),
        Happening(EventType.DEPLOYMENT_PHASE_OPENED, CREATED, 0),
    )
    assert [each.type for each in happenings(HEAD, first, QUIET, (), NOW)] == [EventType.DEPLOYMENT_CREATED]
    assert happenings(replace(HEAD, open_phase=0), LOOKED_AT, QUIET, (), NOW) == ()


def test_each_phase_is_told_of_once_as_it_opens() -> None:
    it = Rollout(THREE, [PhaseTally(1), PhaseTally(1), PhaseTally(7)])
    created, *opened = told_of(it)
    assert created.type is EventType.DEPLOYMENT_CREATED
    assert opened == [Happening(EventType.DEPLOYMENT_PHASE_OPENED, it.now, number) for number in range(3)]
    assert told_of(it) == []


@pytest.mark.parametrize(
    ("kind", "told", "phase"),
    [
        (CommandKind.PAUSE, EventType.DEPLOYMENT_PAUSED, None),
        (CommandKind.RESUME, EventType.DEPLOYMENT_RESUMED, None),
        (CommandKind.APPROVE, EventType.DEPLOYMENT_APPROVED, 1),
        (CommandKind.NEXT_PHASE, EventType.DEPLOYMENT_PHASE_FORCED, 1),
        (CommandKind.CHANGE_PLAN, EventType.DEPLOYMENT_PLAN_CHANGED, None),
    ],
)
def test_what_an_operator_asked_is_told_with_its_time_and_who_it_was(
    kind: CommandKind, told: EventType, phase: int | None
) -> None:
    asked = Command(kind, LATER, "key-1", phase=1)
    assert happenings(HEAD, LOOKED_AT, QUIET, (asked,), NOW) == (
        Happening(told, LATER, phase, RolloutReason.OPERATOR, "key-1"),
    )


def test_what_was_asked_comes_before_what_follows_from_it() -> None:
    held = Gate(needs_approval=True)
    it = Rollout(Plan((PlannedPhase(devices=1, gate=held), PlannedPhase())), [PhaseTally(1), PhaseTally(8)])
    told_of(it)
    forced = told_of(it, Command(CommandKind.NEXT_PHASE, it.now, "key-1", phase=1))
    assert [(each.type, each.phase) for each in forced] == [
        (EventType.DEPLOYMENT_PHASE_FORCED, 1),
        (EventType.DEPLOYMENT_PHASE_OPENED, 1),
    ]


def breached(reaction: Reaction) -> Rollout:
    """A rollout in whose second phase too many devices failed."""
    gate = Gate(most_failures=0, on_breach=reaction)
    return Rollout(
        Plan((PlannedPhase(devices=1), PlannedPhase(gate=gate))), [PhaseTally(1), PhaseTally(8, 1, {Status.FAILURE: 1})]
    )


def test_a_breach_that_pauses_is_told_with_its_reason_and_its_phase_and_a_next_phase_resumes_it() -> None:
    it = breached(Reaction.PAUSE)
    *_, paused = told_of(it)
    assert paused == Happening(EventType.DEPLOYMENT_PAUSED, it.now, 1, GateReason.TOO_MANY_FAILURES)


def test_the_end_of_the_plan_is_told() -> None:
    it = Rollout(replace(THREE, at_end=AtEnd.STOP_OFFERING), [PhaseTally(1)] * 3, HeadView(NONE_OPEN, end=NOW))
    *_, closed = told_of(it)
    assert closed == Happening(EventType.DEPLOYMENT_CLOSED, NOW, reason=RolloutReason.PLAN_ENDED)


@pytest.mark.parametrize("reaction", [Reaction.ABORT, Reaction.ROLL_BACK])
def test_an_abort_is_told_once_it_is_seen_and_not_while_it_is_only_decided(reaction: Reaction) -> None:
    it = breached(reaction)
    decided = told_of(it)
    assert EventType.DEPLOYMENT_ABORTED not in {each.type for each in decided}
    it.head = replace(it.head, over_at=LATER)
    aborted, run = replace(HEAD, state=State.ABORTED), it.run
    told = happenings(aborted, run, it.look(), (), it.now)
    assert told == (Happening(EventType.DEPLOYMENT_ABORTED, LATER, 1, GateReason.TOO_MANY_FAILURES),)
    assert happenings(aborted, it.run, it.look(), (), it.now) == ()


def test_an_operators_abort_and_the_end_of_all_devices_are_told_once() -> None:
    over = HeadView(2, is_over=True, over_at=LATER)
    for state, told in (
        (State.ABORTING, Happening(EventType.DEPLOYMENT_ABORTED, LATER, reason=RolloutReason.OPERATOR)),
        (State.ACTIVE, Happening(EventType.DEPLOYMENT_FINISHED, LATER)),
    ):
        it = Rollout(THREE, [PhaseTally(3)] * 3, over, LOOKED_AT)
        head = replace(HEAD, state=state)
        assert happenings(head, LOOKED_AT, it.look(), (), NOW) == (told,)
        assert happenings(head, it.run, it.look(), (), NOW) == ()


@pytest.mark.parametrize("conclusion", [None, Abort(RolloutReason.PLAN_ENDED)])
def test_an_abort_of_somebody_names_them_though_the_plan_was_about_to_end_it(conclusion: Abort | None) -> None:
    run = replace(LOOKED_AT, conclusion=conclusion, over_at=LATER)
    aborted = HEAD.withdrawn(LATER, by="key-1")
    told = happenings(aborted, LOOKED_AT, Step(run, (), None), (), NOW)
    assert told == (Happening(EventType.DEPLOYMENT_ABORTED, LATER, reason=RolloutReason.OPERATOR, by="key-1"),)


def test_a_conclusion_of_the_plans_end_names_no_phase() -> None:
    run = replace(LOOKED_AT, conclusion=Abort(RolloutReason.PLAN_ENDED), over_at=LATER)
    told = happenings(replace(HEAD, state=State.ABORTED), LOOKED_AT, Step(run, (), None), (), NOW)
    assert told == (Happening(EventType.DEPLOYMENT_ABORTED, LATER, reason=RolloutReason.PLAN_ENDED),)
    breach = Breach(0, GateReason.SIGNAL_ALARM, NOW)
    run = replace(run, conclusion=RollBack(GateReason.SIGNAL_ALARM), breach=breach)
    told = happenings(replace(HEAD, state=State.ABORTED), LOOKED_AT, Step(run, (), None), (), NOW)
    assert told == (Happening(EventType.DEPLOYMENT_ABORTED, LATER, 0, GateReason.SIGNAL_ALARM),)


def test_an_event_says_what_happened_to_which_deployment_with_its_own_id() -> None:
    happening = Happening(EventType.DEPLOYMENT_PAUSED, NOW, 0, "operator", "key-1")
    event = event_of(HEAD, happening, "msg_1", "1773234000000-000-msg_1")
    order = "1773234000000-000-msg_1"
    assert event == Event("w", "msg_1", order, EventType.DEPLOYMENT_PAUSED, "d-1", event.body)
    assert json.loads(event.body) == {
        "object": "event",
        "id": "msg_1",
        "type": "deployment.paused",
        "timestamp": "2026-03-11T13:00:00.000Z",
        "workspace": "w",
        "data": {
            "deployment": {"object": "deployment", "id": "d-1", "name": "fix"},
            "phase": 1,
            "reason": "operator",
            "by": "key-1",
            "rolled_back_by": None,
        },
    }
    undone = Happening(EventType.DEPLOYMENT_ROLLED_BACK, NOW, rolled_back_by="d-2")
    data = json.loads(event_of(HEAD, undone, "msg_1", order).body)["data"]
    assert (data["phase"], data["reason"], data["by"], data["rolled_back_by"]) == (None, None, None, "d-2")
