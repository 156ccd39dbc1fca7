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
from sluiceway.domain.rollout import Step
from sluiceway.domain.rollout_effects import Abort, HeadView, RollBack, RolloutReason
from sluiceway.domain.rollout_run import Breach, RolloutRun
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
    return list(happenings(head, it.plan, run, it.look(), commands=commands, now=it.now))


def test_the_first_look_tells_of_the_creation_and_of_what_was_open_from_the_start() -> None:
    first = RolloutRun()
    told = happenings(replace(HEAD, open_phase=0), THREE, first, Step(LOOKED_AT, (), None), commands=(), now=NOW)
    assert told == (
        Happening(EventType.DEPLOYMENT_CREATED, CREATED),
        Happening(EventType.DEPLOYMENT_PHASE_OPENED, CREATED, 0),
    )
    assert [each.type for each in happenings(HEAD, THREE, first, QUIET, commands=(), now=NOW)] == [
        EventType.DEPLOYMENT_CREATED
    ]
    assert happenings(replace(HEAD, open_phase=0), THREE, LOOKED_AT, QUIET, commands=(), now=NOW) == ()


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
    assert happenings(HEAD, THREE, LOOKED_AT, QUIET, commands=(asked,), now=NOW) == (
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
    *_, noted, paused = told_of(it)
    assert noted == Happening(EventType.DEPLOYMENT_GATE_BREACHED, it.now, 1, GateReason.TOO_MANY_FAILURES)
    assert paused == Happening(EventType.DEPLOYMENT_PAUSED, it.now, 1, GateReason.TOO_MANY_FAILURES)


def test_a_gate_that_is_passed_is_told_once_before_the_phase_that_opens_and_only_if_it_asks_for_anything() -> None:
    strict = Gate(most_failures=0)
    it = Rollout(
        Plan((PlannedPhase(devices=1, gate=strict), PlannedPhase(devices=1), PlannedPhase(gate=strict))),
        [PhaseTally(1), PhaseTally(1), PhaseTally(7)],
    )
    told_of(it)
    assert told_of(it) == []
    it.tallies[0] = PhaseTally(1, 1, {Status.SUCCESS: 1})
    assert told_of(it) == [
        Happening(EventType.DEPLOYMENT_GATE_PASSED, it.now, 0),
        Happening(EventType.DEPLOYMENT_PHASE_OPENED, it.now, 1),
        Happening(EventType.DEPLOYMENT_PHASE_OPENED, it.now, 2),
    ]
    it.tallies[2] = PhaseTally(7, 7, {Status.SUCCESS: 7})
    assert told_of(it) == [Happening(EventType.DEPLOYMENT_GATE_PASSED, it.now, 2)]
    assert told_of(it) == []


@pytest.mark.parametrize(
    ("failures", "told"), [(0, EventType.DEPLOYMENT_GATE_PASSED), (1, EventType.DEPLOYMENT_GATE_BREACHED)]
)
def test_what_the_gate_of_the_last_phase_says_is_told_after_all_have_ended(failures: int, told: EventType) -> None:
    soaking = Plan((PlannedPhase(gate=Gate(most_failures=0, soak=timedelta(hours=1))),))
    over = HeadView(0, has_finished=True, over_at=NOW)
    it = Rollout(soaking, [PhaseTally(1, 1, {Status.SUCCESS: 1})], over, LOOKED_AT)
    assert [each.type for each in told_of(it)] == [EventType.DEPLOYMENT_FINISHED]
    it.now += timedelta(hours=1)
    it.tallies = [PhaseTally(1, 1, {Status.FAILURE if failures else Status.SUCCESS: 1})]
    assert [(each.type, each.phase) for each in told_of(it)] == [(told, 0)]
    assert told_of(it) == []


@pytest.mark.parametrize(
    ("gate", "reason"),
    [
        (Gate(needs_approval=True), GateReason.NEEDS_APPROVAL),
        (Gate(most_failures=0, least_ended_share=1.0), GateReason.DEVICES_OUTSTANDING),
    ],
)
def test_a_last_gate_that_stays_undecided_is_told_once(gate: Gate, reason: GateReason) -> None:
    held = Plan((PlannedPhase(devices=1, gate=gate), PlannedPhase(gate=gate)))
    size = 2 if reason is GateReason.DEVICES_OUTSTANDING else 1
    tallies = [PhaseTally(size, 1, {Status.SUCCESS: 1})] * 2
    it = Rollout(held, tallies, HeadView(1, has_finished=True, over_at=NOW), LOOKED_AT)
    undecided, finished = told_of(it)
    assert undecided == Happening(EventType.DEPLOYMENT_GATE_UNDECIDED, it.now, 1, reason)
    assert finished.type is EventType.DEPLOYMENT_FINISHED
    assert told_of(it) == []


def test_the_end_of_the_plan_is_told() -> None:
    it = Rollout(
        replace(THREE, at_end=AtEnd.STOP_OFFERING), [PhaseTally(1)] * 3, HeadView(NONE_OPEN, end=NOW, closes_at=NOW)
    )
    *_, closed = told_of(it)
    assert closed == Happening(EventType.DEPLOYMENT_CLOSED, NOW, reason=RolloutReason.PLAN_ENDED)


@pytest.mark.parametrize("reaction", [Reaction.ABORT, Reaction.ROLL_BACK])
def test_an_abort_is_told_once_it_is_seen_and_not_while_it_is_only_decided(reaction: Reaction) -> None:
    it = breached(reaction)
    decided = told_of(it)
    assert EventType.DEPLOYMENT_ABORTED not in {each.type for each in decided}
    it.head = replace(it.head, over_at=LATER)
    aborted, run = replace(HEAD, state=State.ABORTED), it.run
    told = happenings(aborted, it.plan, run, it.look(), commands=(), now=it.now)
    assert told == (Happening(EventType.DEPLOYMENT_ABORTED, LATER, 1, GateReason.TOO_MANY_FAILURES),)
    assert happenings(aborted, it.plan, it.run, it.look(), commands=(), now=it.now) == ()


def test_an_operators_abort_and_the_end_of_all_devices_are_told_once() -> None:
    for state, told in (
        (State.ABORTING, Happening(EventType.DEPLOYMENT_ABORTED, LATER, reason=RolloutReason.OPERATOR)),
        (State.ACTIVE, Happening(EventType.DEPLOYMENT_FINISHED, LATER)),
    ):
        over = HeadView(2, is_withdrawn=state is State.ABORTING, has_finished=True, over_at=LATER)
        it = Rollout(THREE, [PhaseTally(3)] * 3, over, LOOKED_AT)
        head = replace(HEAD, state=state)
        assert happenings(head, THREE, LOOKED_AT, it.look(), commands=(), now=NOW) == (told,)
        assert happenings(head, THREE, it.run, it.look(), commands=(), now=NOW) == ()


@pytest.mark.parametrize("conclusion", [None, Abort(RolloutReason.PLAN_ENDED)])
def test_an_abort_of_somebody_names_them_though_the_plan_was_about_to_end_it(conclusion: Abort | None) -> None:
    run = replace(LOOKED_AT, conclusion=conclusion, over_at=LATER)
    aborted = HEAD.withdrawn(LATER, by="key-1")
    told = happenings(aborted, THREE, LOOKED_AT, Step(run, (), None), commands=(), now=NOW)
    assert told == (Happening(EventType.DEPLOYMENT_ABORTED, LATER, reason=RolloutReason.OPERATOR, by="key-1"),)


def test_a_conclusion_of_the_plans_end_names_no_phase() -> None:
    run = replace(LOOKED_AT, conclusion=Abort(RolloutReason.PLAN_ENDED), over_at=LATER)
    told = happenings(replace(HEAD, state=State.ABORTED), THREE, LOOKED_AT, Step(run, (), None), commands=(), now=NOW)
    assert told == (Happening(EventType.DEPLOYMENT_ABORTED, LATER, reason=RolloutReason.PLAN_ENDED),)
    breach = Breach(0, GateReason.SIGNAL_ALARM, NOW)
    run = replace(run, conclusion=RollBack(GateReason.SIGNAL_ALARM), breach=breach)
    breached_before = replace(LOOKED_AT, breach=breach)
    told = happenings(
        replace(HEAD, state=State.ABORTED), THREE, breached_before, Step(run, (), None), commands=(), now=NOW
    )
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
