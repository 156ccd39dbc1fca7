"""What the execution of a rollout decides, whatever it finds (design section 7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sluiceway.domain.device_deployment import Status
from sluiceway.domain.gates import (
    NO_GATE,
    PASSED,
    Gate,
    GateReason,
    Holds,
    PhaseTally,
    Reaction,
    Signal,
    SignalKind,
    SignalState,
)
from sluiceway.domain.phase_states import PhaseState, phase_states
from sluiceway.domain.phases import NONE_OPEN
from sluiceway.domain.plan import LET_FINISH_FOR, AtEnd, Plan, PlannedPhase
from sluiceway.domain.rollout import MOST_BETWEEN_LOOKS, SIGNAL_ASKED_FOR, awaits_resume, signals_to_ask
from sluiceway.domain.rollout_effects import (
    OFFER_GRACE,
    Abort,
    Close,
    HeadView,
    LetNobodyIn,
    OpenPhase,
    PauseOffers,
    ResumeOffers,
    RollBack,
    RolloutReason,
)
from sluiceway.domain.rollout_run import Breach, PhaseRun, RolloutRun
from sluiceway.domain.steering import CommandKind
from tests.support.app import NOW
from tests.support.rollouts import Rollout, phases, rollouts, spans
from tests.support.soak import examples

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ALARM = Signal(SignalKind.ALARM, "errors")
STRICT = Gate(most_failures=0)
FAILED = PauseOffers(GateReason.TOO_MANY_FAILURES)


def counted(success: int = 0, failure: int = 0, size: int | None = 10) -> PhaseTally:
    return PhaseTally(size, success + failure, {Status.SUCCESS: success, Status.FAILURE: failure})


def rollout(
    *wanted: Gate | PlannedPhase,
    start: datetime | None = None,
    end: datetime | None = None,
    at_end: AtEnd = AtEnd.STOP_OFFERING,
) -> Rollout:
    """A rollout of phases of ten devices each, none of which is open."""
    planned = tuple(each if isinstance(each, PlannedPhase) else PlannedPhase(gate=each) for each in wanted)
    head = HeadView(NONE_OPEN, start=start, end=end, closes_at=None if at_end is AtEnd.LET_FINISH else end)
    return Rollout(Plan(planned, start=start, end=end, at_end=at_end), [counted() for _ in planned], head)


def states(it: Rollout) -> list[str]:
    return [str(view.state) for view in phase_states(it.plan, it.run, it.head, it.tallies)]


def test_the_first_phase_opens_at_once_or_when_the_plan_starts() -> None:
    later = rollout(STRICT, start=NOW + HOUR)

    assert rollout(STRICT).effects() == (OpenPhase(0),)
    assert later.look().look_again == NOW + HOUR
    assert later.effects(HOUR - MINUTE) == ()
    assert later.effects(MINUTE) == (OpenPhase(0),)


def test_a_phase_opens_when_the_gate_before_it_is_passed_and_its_start_has_come() -> None:
    it = rollout(STRICT, PlannedPhase(start=NOW + HOUR), STRICT)
    it.look()
    it.tallies[0] = counted(success=10)

    assert it.effects(MINUTE) == ()
    assert it.look().look_again == it.now + it.plan.look_every
    assert it.effects(HOUR) == (OpenPhase(1), OpenPhase(2))


def test_phases_without_gates_open_by_their_times_alone() -> None:
    it = rollout(NO_GATE, PlannedPhase(start=NOW + HOUR), PlannedPhase(start=NOW + 2 * HOUR))

    assert it.look().look_again == NOW + HOUR
    assert it.look(HOUR).look_again == NOW + 2 * HOUR
    assert it.look(HOUR).look_again is None
    assert it.head.open_phase == 2


def test_the_soak_counts_from_the_look_that_found_the_phase_through() -> None:
    it = rollout(replace(STRICT, soak=2 * HOUR), NO_GATE)
    it.look()
    it.tallies[0] = counted(success=10)

    it.look(HOUR)
    assert states(it) == ["soaking", "planned"]
    assert it.effects(2 * HOUR - MINUTE) == ()
    assert it.look().look_again == NOW + 3 * HOUR
    assert it.effects(MINUTE) == (OpenPhase(1),)


@pytest.mark.parametrize(
    ("reaction", "effect", "to_come"),
    [
        (Reaction.PAUSE, FAILED, "planned"),
        (Reaction.ABORT, Abort(GateReason.TOO_MANY_FAILURES), "ended"),
        (Reaction.ROLL_BACK, RollBack(GateReason.TOO_MANY_FAILURES), "ended"),
    ],
)
def test_a_breach_is_followed_by_its_reaction_once(reaction: Reaction, effect: object, to_come: str) -> None:
    it = rollout(replace(STRICT, on_breach=reaction), NO_GATE)
    it.look()
    it.tallies[0] = counted(success=9, failure=1)

    assert it.effects() == (effect,)
    assert it.effects(HOUR) == ()
    assert states(it) == ["breached", to_come]
    assert it.run.breach is not None
    assert it.run.breach.reason is GateReason.TOO_MANY_FAILURES


def test_a_gate_that_was_passed_is_breached_by_a_success_that_is_withdrawn() -> None:
    it = rollout(STRICT, NO_GATE)
    it.look()
    it.tallies[0] = counted(success=10)
    assert it.effects() == (OpenPhase(1),)
    assert states(it) == ["passed", "open"]
    it.tallies[0] = counted(success=9, failure=1)

    assert it.effects() == (FAILED,)


def test_a_breach_in_any_open_phase_keeps_the_next_one_closed() -> None:
    it = rollout(STRICT, NO_GATE, PlannedPhase(start=NOW + HOUR))
    it.look()
    it.tallies[0] = counted(success=10)
    it.look()
    it.tallies[0] = counted(success=9, failure=1)

    assert it.effects(HOUR) == (FAILED,)
    assert it.head.open_phase == 1


def test_a_phase_that_is_breached_as_it_opens_is_answered_in_the_same_look_and_none_follows() -> None:
    it = rollout(NO_GATE, STRICT, NO_GATE)
    it.tallies[1] = counted(failure=1)

    assert it.effects() == (OpenPhase(0), OpenPhase(1), FAILED)


def breached() -> Rollout:
    it = rollout(STRICT, NO_GATE)
    it.look()
    it.tallies[0] = counted(success=4, failure=1)
    assert it.effects() == (FAILED,)
    return it


def test_a_resume_overrules_the_breach_until_it_is_worse() -> None:
    it = breached()
    it.asks(CommandKind.RESUME)

    assert it.effects() == ()
    assert states(it) == ["open", "planned"]
    it.tallies[0] = counted(success=4, failure=2)
    assert it.effects() == (FAILED,)


def test_after_a_resume_the_next_phase_opens_as_if_nothing_had_been() -> None:
    it = breached()
    it.asks(CommandKind.RESUME)
    it.look()
    it.tallies[0] = counted(success=9, failure=1)

    assert it.effects() == (OpenPhase(1),)


def test_a_resume_overrules_what_went_wrong_during_the_pause_as_well() -> None:
    it = breached()
    it.tallies[0] = counted(success=4, failure=6)
    assert it.effects() == ()
    it.asks(CommandKind.RESUME)

    assert it.effects() == (OpenPhase(1),)


def test_the_resume_of_an_operators_pause_overrules_nothing() -> None:
    it = rollout(STRICT, NO_GATE)
    it.look()
    it.asks(CommandKind.PAUSE)
    it.tallies[0] = counted(failure=1)

    assert it.effects() == ()
    assert states(it) == ["breached", "planned"]
    it.asks(CommandKind.RESUME)
    assert it.effects() == (FAILED,)


def test_an_alarm_that_was_overruled_counts_again_once_it_has_been_well() -> None:
    it = rollout(Gate(signal=ALARM))
    it.look()
    it.signals = {0: SignalState.ALARM}
    assert it.effects() == (PauseOffers(GateReason.SIGNAL_ALARM),)
    it.asks(CommandKind.RESUME)
    assert it.effects() == ()

    it.signals = {0: SignalState.UNKNOWN}
    assert it.effects() == ()
    it.signals = {0: SignalState.ALARM}
    assert it.effects() == ()
    it.signals = {0: SignalState.OK}
    assert it.effects() == ()
    it.signals = {0: SignalState.ALARM}
    assert it.effects() == (PauseOffers(GateReason.SIGNAL_ALARM),)


def test_no_phase_opens_during_a_pause_and_the_soak_goes_on() -> None:
    it = rollout(replace(STRICT, soak=HOUR), NO_GATE)
    it.look()
    it.tallies[0] = counted(success=10)
    it.look()
    it.asks(CommandKind.PAUSE)

    assert it.effects(HOUR) == ()
    assert states(it) == ["passed", "planned"]
    it.asks(CommandKind.RESUME)
    assert it.effects() == (OpenPhase(1),)


def test_next_phase_opens_the_next_one_though_its_gate_and_its_start_hold_it() -> None:
    it = rollout(STRICT, PlannedPhase(start=NOW + HOUR, gate=STRICT), STRICT)
    it.look()
    it.asks(CommandKind.NEXT_PHASE, 1)
    it.asks(CommandKind.NEXT_PHASE, 1)

    assert it.effects() == (OpenPhase(1),)
    assert [phase.forced for phase in it.run.phases] == [False, True, False]
    assert it.effects(2 * HOUR) == ()


def test_no_phase_opens_before_the_plan_starts_though_it_was_asked_for_ahead_of_that() -> None:
    """An operator's clock may be ahead of that of the execution."""
    it = rollout(PlannedPhase(start=NOW + 2 * HOUR, gate=replace(STRICT, soak=HOUR)), STRICT, start=NOW + HOUR)
    it.asks(CommandKind.NEXT_PHASE, 0)

    step = it.look()
    assert (step.effects, step.look_again) == ((), NOW + HOUR)
    assert it.effects(HOUR - MINUTE) == ()
    assert it.run.of(0).opened_at is None
    assert it.effects(MINUTE) == (OpenPhase(0),)
    assert it.run.of(0).opened_at == NOW + HOUR


@given(rollouts())
def test_whatever_is_found_no_phase_opens_before_the_plan_starts(it: Rollout) -> None:
    it.head = replace(it.head, start=it.now + MINUTE)
    it.asks(CommandKind.NEXT_PHASE)

    assert not any(isinstance(each, OpenPhase) for each in it.effects())


def test_next_phase_goes_on_where_too_few_devices_say_how_it_went() -> None:
    it = rollout(Gate(least_success_share=1.0), NO_GATE)
    it.look()
    it.tallies[0] = PhaseTally(2, 2, {Status.NOARTIFACT: 2})

    assert it.effects(HOUR) == ()
    assert states(it) == ["through", "planned"]
    assert it.look().look_again is not None
    it.asks(CommandKind.NEXT_PHASE)
    assert it.effects() == (OpenPhase(1),)


def test_next_phase_overrules_a_breach_and_lifts_the_pause_that_it_brought() -> None:
    it = breached()
    it.asks(CommandKind.NEXT_PHASE)

    assert it.effects() == (ResumeOffers(), OpenPhase(1))
    assert it.effects(HOUR) == ()


def test_next_phase_is_kept_while_an_operator_has_paused() -> None:
    it = rollout(STRICT, NO_GATE)
    it.look()
    it.asks(CommandKind.PAUSE)
    it.asks(CommandKind.NEXT_PHASE)

    assert it.effects() == ()
    it.asks(CommandKind.RESUME)
    assert it.effects() == (OpenPhase(1),)


@pytest.mark.parametrize("wanted", [None, 1, 2, -1])
def test_next_phase_without_a_next_one_changes_nothing(wanted: int | None) -> None:
    it = breached()
    it.head = replace(it.head, open_phase=1)
    it.asks(CommandKind.NEXT_PHASE, wanted)

    assert it.effects() == ()
    assert it.head.paused


def test_an_approval_is_kept_until_it_is_waited_for() -> None:
    it = rollout(Gate(needs_approval=True), Gate(needs_approval=True), NO_GATE)
    it.look()
    it.asks(CommandKind.APPROVE, 1)
    it.look()
    it.tallies[0] = it.tallies[1] = counted(success=10)

    assert it.effects() == ()
    assert states(it) == ["waiting-for-approval", "planned", "planned"]
    it.asks(CommandKind.APPROVE)
    assert it.effects() == (OpenPhase(1), OpenPhase(2))


@pytest.mark.parametrize(
    ("at_end", "effects"),
    [
        (AtEnd.STOP_OFFERING, (Close(),)),
        (AtEnd.ABORT, (Abort(RolloutReason.PLAN_ENDED),)),
        (AtEnd.LET_FINISH, ()),
    ],
)
@pytest.mark.parametrize("paused", [None, RolloutReason.OPERATOR])
def test_at_the_end_of_the_plan_comes_what_it_says_and_no_further_phase(
    at_end: AtEnd, effects: tuple[object, ...], paused: RolloutReason | None
) -> None:
    it = rollout(NO_GATE, PlannedPhase(start=NOW + HOUR), end=NOW + HOUR, at_end=at_end)
    it.look()
    it.head = replace(it.head, paused=paused)
    it.now = NOW + HOUR
    it.asks(CommandKind.NEXT_PHASE)

    assert it.effects() == effects
    assert it.effects(HOUR) == ()
    assert it.head.open_phase == 0


def let_finish(*wanted: Gate | PlannedPhase) -> Rollout:
    """A plan that has just ended, whose first phase is open and whose others are not."""
    later = [PlannedPhase(start=NOW + HOUR) for _ in wanted[1:]]
    it = rollout(wanted[0], *later, end=NOW + HOUR, at_end=AtEnd.LET_FINISH)
    it.look()
    it.head = replace(it.head, is_at_work=True)
    assert it.effects(HOUR) == ()
    return it


def closes(it: Rollout) -> bool:
    """Tell whether nobody is let in any more, and it is closed once everybody has heard of that."""
    if it.effects() != (LetNobodyIn(it.now),):
        return False
    assert it.effects(OFFER_GRACE - timedelta(milliseconds=1)) == ()
    assert it.look().look_again == it.now + timedelta(milliseconds=1)
    assert it.effects(timedelta(milliseconds=1)) == (Close(),)
    assert it.effects(HOUR) == ()
    return True


@pytest.mark.parametrize("paused", [None, RolloutReason.OPERATOR])
def test_what_is_let_finish_closes_when_all_devices_of_the_open_phases_have_ended(paused: RolloutReason | None) -> None:
    it = let_finish(NO_GATE, NO_GATE)
    it.head = replace(it.head, paused=paused)
    it.tallies[0] = counted(success=9)
    assert it.look().look_again == it.now + it.plan.look_every, "nobody tells it when a device ends"
    it.tallies[0] = counted(success=9, failure=1)
    assert it.effects() == (), "a late one may still be at work"
    it.head = replace(it.head, is_at_work=False)
    assert closes(it)


def test_what_is_let_finish_closes_when_no_phase_was_open() -> None:
    it = rollout(PlannedPhase(start=NOW + HOUR), end=NOW + HOUR, at_end=AtEnd.LET_FINISH)
    it.look()
    it.now += HOUR
    assert closes(it)


@pytest.mark.parametrize("tally", [counted(), PhaseTally(None), PhaseTally(10, margin=3)])
def test_who_does_not_come_is_waited_for_until_nothing_has_happened_for_long(tally: PhaseTally) -> None:
    it = let_finish(NO_GATE, NO_GATE)
    it.tallies[0] = replace(tally, ended={Status.SUCCESS: 1})
    it.look(HOUR)
    assert it.effects(LET_FINISH_FOR) == (), "somebody is at work"
    it.head = replace(it.head, is_at_work=False)
    assert closes(it)


def test_who_does_not_come_is_waited_for_anew_whenever_something_has_happened() -> None:
    it = let_finish(NO_GATE, NO_GATE)
    it.head = replace(it.head, is_at_work=False)
    assert it.effects(LET_FINISH_FOR - MINUTE) == ()
    it.tallies[0] = counted(success=1)
    assert it.look(MINUTE).effects == ()
    assert it.effects(LET_FINISH_FOR - MINUTE) == ()
    it.now += MINUTE
    assert closes(it)


def test_who_does_not_come_is_waited_for_from_the_end_on_however_quiet_it_was_before() -> None:
    it = rollout(NO_GATE, end=NOW + 2 * LET_FINISH_FOR, at_end=AtEnd.LET_FINISH)
    it.look()
    assert it.effects(2 * LET_FINISH_FOR) == ()
    assert it.effects(LET_FINISH_FOR - MINUTE) == ()
    it.now += MINUTE
    assert closes(it)


def test_a_pause_keeps_devices_from_coming_and_counts_for_nothing() -> None:
    it = let_finish(NO_GATE, NO_GATE)
    it.head = replace(it.head, is_at_work=False)
    it.asks(CommandKind.PAUSE)
    it.look()
    assert it.effects(2 * LET_FINISH_FOR) == ()
    it.asks(CommandKind.RESUME)
    assert it.effects() == ()
    it.now += LET_FINISH_FOR
    assert closes(it)


def all_ended(*wanted: Gate | PlannedPhase, **outcomes: int) -> Rollout:
    """A rollout with all its phases open, all of whose devices have ended."""
    it = rollout(*wanted)
    it.look()
    it.head = replace(it.head, open_phase=len(wanted) - 1, has_finished=True, over_at=NOW)
    it.tallies = [counted(**outcomes) for _ in wanted]
    return it


@pytest.mark.parametrize("reaction", Reaction)
def test_a_gate_watches_what_has_ended_until_its_soak_is_over(reaction: Reaction) -> None:
    it = all_ended(replace(STRICT, soak=HOUR, on_breach=reaction), success=10)

    assert it.look().look_again == NOW + MINUTE
    assert states(it) == ["soaking"]
    assert it.look(HOUR).look_again is None
    assert states(it) == ["passed"]


@pytest.mark.parametrize("answer", SignalState)
def test_a_signal_without_an_answer_is_asked_for_a_time_after_the_soak_of_what_has_ended(answer: SignalState) -> None:
    it = all_ended(Gate(signal=ALARM, soak=HOUR), success=10)
    it.look()
    assert it.look(HOUR).look_again == NOW + HOUR + MINUTE
    assert states(it) == ["through"]
    it.signals[0] = answer
    assert it.look(SIGNAL_ASKED_FOR).look_again is None
    expected = {SignalState.OK: "passed", SignalState.ALARM: "breached", SignalState.UNKNOWN: "ended"}
    assert states(it) == [expected[answer]]
    given_up = it.run.phases[0].undecided_at
    assert given_up == (it.now if answer is SignalState.UNKNOWN else None)
    assert it.look(MINUTE).run.phases[0].undecided_at == given_up


def test_a_signal_is_asked_again_however_long_ago_the_soak_was_over_when_the_last_device_ends() -> None:
    it = all_ended(Gate(signal=ALARM), success=10)
    it.head = replace(it.head, has_finished=False, over_at=None)
    it.look()
    it.now += 9 * HOUR
    it.head = replace(it.head, has_finished=True, over_at=it.now)
    assert it.look().look_again == it.now + SIGNAL_ASKED_FOR


@pytest.mark.parametrize("reaction", [Reaction.PAUSE, Reaction.ABORT])
def test_a_breach_of_what_has_ended_is_noted_once_and_pauses_and_aborts_nothing(reaction: Reaction) -> None:
    it = all_ended(replace(STRICT, soak=HOUR, on_breach=reaction), success=10)
    it.look()
    it.tallies[0] = counted(success=9, failure=1)

    assert it.look(MINUTE).look_again is None
    assert it.run.breach == Breach(0, GateReason.TOO_MANY_FAILURES, NOW + MINUTE)
    assert (it.effects(MINUTE), states(it)) == ((), ["breached"])
    assert it.run.breach.at == NOW + MINUTE


def test_what_has_ended_is_rolled_back_whichever_gate_was_breached_first() -> None:
    it = all_ended(STRICT, replace(STRICT, on_breach=Reaction.ROLL_BACK), failure=1)

    assert it.effects() == (RollBack(GateReason.TOO_MANY_FAILURES),)


def ended_in_a_pause(paused: RolloutReason | GateReason = RolloutReason.OPERATOR) -> Rollout:
    """A rollout whose second gate is breached, which asks for a roll back, while it is paused."""
    it = all_ended(STRICT, replace(STRICT, on_breach=Reaction.ROLL_BACK), failure=1)
    it.head = replace(it.head, paused=paused)
    return it


@pytest.mark.parametrize("paused", [RolloutReason.OPERATOR, GateReason.SIGNAL_ALARM])
def test_the_roll_back_of_what_has_ended_in_a_pause_waits_for_the_resume(paused: RolloutReason | GateReason) -> None:
    it = ended_in_a_pause(paused)

    assert it.effects() == ()
    assert it.run.breach == Breach(1, GateReason.TOO_MANY_FAILURES, NOW)
    assert awaits_resume(it.plan, it.run, it.head)
    assert it.look(9 * HOUR).look_again == it.now + MOST_BETWEEN_LOOKS
    assert it.look(HOUR).run.breach == Breach(1, GateReason.TOO_MANY_FAILURES, NOW), "it is told once"
    it.asks(CommandKind.RESUME)
    assert it.effects(MINUTE) == (RollBack(GateReason.TOO_MANY_FAILURES),)
    assert it.run.breach == Breach(1, GateReason.TOO_MANY_FAILURES, NOW)
    assert not awaits_resume(it.plan, it.run, it.head)


def test_a_soak_that_a_roll_back_may_follow_can_be_resumed_though_all_has_ended() -> None:
    it = all_ended(replace(STRICT, soak=HOUR, on_breach=Reaction.ROLL_BACK), success=10)
    it.head = replace(it.head, paused=RolloutReason.OPERATOR)
    assert it.look().look_again == NOW + MINUTE
    assert awaits_resume(it.plan, it.run, it.head)

    it.look(HOUR)
    assert it.run.phases[0].passed_at == NOW + HOUR
    assert not awaits_resume(it.plan, it.run, it.head)


def test_a_gate_that_nobody_waits_for_any_more_awaits_no_resume() -> None:
    it = all_ended(Gate(needs_approval=True, on_breach=Reaction.ROLL_BACK), success=10)
    it.head = replace(it.head, paused=RolloutReason.OPERATOR)

    assert it.look().look_again is None
    assert it.run.phases[0].undecided_at is not None
    assert not awaits_resume(it.plan, it.run, it.head)


def test_a_resume_given_before_the_end_overrules_what_it_would_have_overruled_then() -> None:
    it = rollout(replace(STRICT, on_breach=Reaction.PAUSE), replace(STRICT, on_breach=Reaction.ROLL_BACK))
    it.look()
    it.tallies = [counted(success=9, failure=1), counted()]
    it.head = replace(it.head, open_phase=1)
    assert it.effects() == (FAILED,)

    it.tallies[1] = counted(failure=1)
    it.asks(CommandKind.RESUME)
    it.now += MINUTE
    it.head = replace(it.head, has_finished=True, over_at=it.now)
    assert it.effects() == ()
    assert it.look(MINUTE).look_again is None


def test_what_has_been_rolled_back_or_has_nothing_to_give_back_waits_for_no_resume() -> None:
    it = ended_in_a_pause()
    it.look()
    it.head = replace(it.head, is_rolled_back=True)

    assert not awaits_resume(it.plan, it.run, it.head)
    assert it.look(MINUTE).look_again is None


@pytest.mark.parametrize("reaction", [Reaction.PAUSE, Reaction.ABORT])
def test_no_other_reaction_waits_for_the_resume_of_what_has_ended(reaction: Reaction) -> None:
    it = all_ended(replace(STRICT, on_breach=reaction), failure=1)
    it.head = replace(it.head, paused=RolloutReason.OPERATOR)

    assert it.look().look_again is None
    assert not awaits_resume(it.plan, it.run, it.head)


def test_an_abort_that_was_decided_is_not_repeated_for_what_has_ended_by_itself() -> None:
    it = rollout(replace(STRICT, on_breach=Reaction.ABORT))
    it.look()
    it.tallies[0] = counted(failure=1)
    it.look()
    it.head = replace(it.head, is_withdrawn=False, has_finished=True)

    assert it.effects() == ()


def test_no_phase_of_what_has_ended_opens() -> None:
    it = rollout(NO_GATE, PlannedPhase(start=NOW + HOUR), end=NOW + 2 * HOUR, at_end=AtEnd.ABORT)
    it.look()
    it.head = replace(it.head, has_finished=True, paused=GateReason.SIGNAL_ALARM)
    it.asks(CommandKind.NEXT_PHASE)

    assert it.effects(HOUR) == ()
    assert it.effects(2 * HOUR) == ()
    assert states(it) == ["passed" if it.run.of(0).through_at else "ended", "ended"]


@pytest.mark.parametrize(
    ("gate", "over"),
    [
        (Gate(needs_approval=True), {"has_finished": True}),
        (Gate(signal=ALARM), {"has_finished": True}),
        (Gate(soak=HOUR), {"is_withdrawn": True}),
        (STRICT, {"is_withdrawn": True}),
    ],
)
def test_a_gate_that_nobody_watches_any_more_is_shown_as_ended(gate: Gate, over: dict[str, bool]) -> None:
    it = rollout(gate, NO_GATE)
    it.look()
    it.tallies[0] = counted(success=9)
    it.head = replace(it.head, **over)  # type: ignore[arg-type]
    assert it.look().look_again is None

    assert states(it) == ["ended", "ended"]


def test_after_the_end_a_gate_is_still_looked_at() -> None:
    it = rollout(STRICT, end=NOW + HOUR)
    it.look()

    assert it.look(HOUR).look_again is not None
    it.tallies[0] = counted(failure=1)
    assert it.effects() == (FAILED,)


@pytest.mark.parametrize("reaction", [Reaction.ABORT, Reaction.ROLL_BACK])
def test_an_abort_is_repeated_until_the_head_shows_it_though_the_breach_is_gone(reaction: Reaction) -> None:
    it = rollout(replace(STRICT, on_breach=reaction), NO_GATE)
    it.look()
    it.tallies[0] = counted(failure=1)
    before = it.head
    effects = it.effects()
    it.tallies[0] = counted(success=10)
    it.head = before

    assert it.effects() == effects
    assert it.head.is_withdrawn


@pytest.mark.parametrize("reaction", [Reaction.ABORT, Reaction.ROLL_BACK])
def test_how_it_ends_is_decided_once_and_ends_the_looks(reaction: Reaction) -> None:
    it = rollout(replace(STRICT, on_breach=reaction), NO_GATE)
    it.look()
    it.tallies[0] = counted(failure=1)

    assert it.look().look_again is None
    decided = it.run.conclusion
    it.asks(CommandKind.RESUME)
    it.look()
    assert it.run.conclusion == decided


def test_a_rollout_that_only_a_person_can_move_is_still_looked_at() -> None:
    it = rollout(NO_GATE, PlannedPhase(start=NOW + HOUR))
    it.look()
    it.asks(CommandKind.PAUSE)

    assert it.look(2 * HOUR).look_again == it.now + MOST_BETWEEN_LOOKS


def test_the_longer_nothing_changes_the_less_often_it_is_looked() -> None:
    it = rollout(STRICT)
    pauses: list[timedelta] = []
    look_again = it.look().look_again
    while it.now < NOW + timedelta(days=2) and look_again:
        pauses.append(look_again - it.now)
        look_again = it.look(pauses[-1]).look_again

    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (it.plan.look_every, MOST_BETWEEN_LOOKS)
    it.tallies[0] = counted(success=1)
    assert it.look().look_again == it.now + it.plan.look_every


def test_a_phase_that_opens_is_looked_at_as_often_as_the_first_however_quiet_it_was_before() -> None:
    it = rollout(NO_GATE, PlannedPhase(start=NOW + 10 * HOUR, gate=STRICT))
    it.look()

    assert it.look(10 * HOUR).look_again == it.now + it.plan.look_every


def test_the_outside_signal_is_asked_for_the_newest_open_phase() -> None:
    plan = rollout(Gate(signal=ALARM), STRICT).plan

    assert [signals_to_ask(plan, number) for number in (NONE_OPEN, 0, 1, 2)] == [{}, {0: ALARM}, {}, {}]


@pytest.mark.parametrize(
    ("signal", "state"),
    [(SignalState.UNKNOWN, PhaseState.THROUGH), (SignalState.OK, PhaseState.PASSED)],
)
def test_a_phase_that_waits_for_the_signal_is_shown_as_through(signal: SignalState, state: PhaseState) -> None:
    it = rollout(Gate(signal=ALARM))
    it.look()
    it.tallies[0], it.signals = counted(success=10), {0: signal}
    it.look()

    assert states(it) == [state]


@settings(max_examples=examples(60))
@given(rollouts())
def test_whatever_is_found_has_an_answer_that_leaves_nothing_to_do(it: Rollout) -> None:
    """At that moment, even if it is asked again."""
    first = it.look()
    again = it.look()

    assert again == replace(first, effects=())
    assert first.look_again is None or first.look_again > it.now
    assert len(phase_states(it.plan, first.run, it.head, it.tallies)) == len(it.plan.phases)


@settings(max_examples=examples(60))
@given(rollouts())
def test_nobody_needs_to_look_before_it_is_said(it: Rollout) -> None:
    """As long as no counter, signal or person changes anything."""
    look_again = it.look().look_again
    quiet = (look_again or it.now + 100 * HOUR) - it.now

    assert it.effects(quiet - timedelta(milliseconds=1)) == ()


class RolloutsAreOrderly(RuleBasedStateMachine):
    """Counters, people and time do what they like; the rollout keeps its order."""

    @initialize(
        plan=st.builds(Plan, st.lists(phases, min_size=1, max_size=4).map(tuple), at_end=st.sampled_from(AtEnd))
    )
    def begin(self, plan: Plan) -> None:
        self.it = Rollout(plan, [PhaseTally(3) for _ in plan.phases])
        self.opened: list[int] = []

    @rule(after=st.sampled_from([timedelta(0), MINUTE]) | spans, looks=st.integers(1, 2))
    def look(self, after: timedelta, looks: int) -> None:
        head = self.it.head
        effects = [effect for _ in range(looks) for effect in self.it.effects(after)]
        for effect in effects:
            if isinstance(effect, OpenPhase):
                assert not head.paused
                assert not head.is_withdrawn
                self.opened.append(effect.number)
            assert not head.is_withdrawn or isinstance(effect, RollBack)
            head = head.after(effect)

    @rule(kind=st.sampled_from(CommandKind), phase=st.none() | st.integers(-1, 4))
    def ask(self, kind: CommandKind, phase: int | None) -> None:
        self.it.asks(kind, phase)

    @rule(phase=st.integers(0, 3), status=st.sampled_from([Status.SUCCESS, Status.FAILURE, Status.TIMED_OUT]))
    def end_a_device(self, phase: int, status: Status) -> None:
        if phase <= min(self.it.head.open_phase, len(self.it.tallies) - 1):
            tally = self.it.tallies[phase]
            self.it.tallies[phase] = replace(tally, ended={**tally.ended, status: tally.ended.get(status, 0) + 1})

    @rule(state=st.sampled_from(SignalState))
    def signal(self, state: SignalState) -> None:
        self.it.signals = {self.it.head.open_phase: state}

    @rule(after=spans)
    def plan_an_end(self, after: timedelta) -> None:
        self.it.head = replace(self.it.head, end=self.it.now + after)

    @invariant()
    def phases_open_in_order_and_once(self) -> None:
        assert self.opened == list(range(len(self.opened)))

    @invariant()
    def a_phase_without_a_word_from_anybody_follows_a_gate_that_was_passed(self) -> None:
        for number in self.opened[1:]:
            before, phase = self.it.run.of(number - 1), self.it.run.of(number)
            assert before.passed_at or phase.forced

    @invariant()
    def what_is_breached_is_paused_or_over(self) -> None:
        """Once it was looked at: a pause of an operator hides no breach."""
        views = phase_states(self.it.plan, self.it.run, self.it.head, self.it.tallies)
        if any(view.state is PhaseState.BREACHED for view in views) and not self.it.commands:
            assert self.it.head.paused or self.it.head.is_withdrawn


RolloutsAreOrderly.TestCase.settings = settings(max_examples=examples(40), stateful_step_count=25, deadline=None)
TestRolloutsAreOrderly = RolloutsAreOrderly.TestCase


def test_a_phase_that_was_passed_is_shown_as_passed_though_nobody_asks_its_signal_any_more() -> None:
    run = RolloutRun((PhaseRun(NOW, through_at=NOW, passed_at=NOW, verdict=Holds(GateReason.SIGNAL_UNKNOWN)),))
    (view,) = phase_states(Plan(), run, HeadView(0), [counted()])

    assert (view.state, view.run.verdict) == (PhaseState.PASSED, PASSED)
