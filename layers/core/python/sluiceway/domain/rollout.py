"""How a rollout goes on: what its execution decides whenever it looks at the counters (design section 7).

`decide` is pure and total. It takes what is stored and what was counted, and gives what is to be stored, what is to be
done, and when to look again. Doing that and asking again gives nothing more to do, so a look that runs twice, late or
not at all does no harm.

- A phase opens when its start has come and the gate of the one before is passed; an operator's next-phase opens it
  at once. No phase opens before the start of the plan, during a pause, or after the end of the plan: its times count
  from when its devices can be offered something.
- The gates of all open phases are looked at: one that was passed can still be breached, by a success that is withdrawn.
- A breach is followed by the reaction of its gate. During a pause it is noted only; the reaction follows when the pause
  is over. A resume after a breach overrules all that is wrong at that moment, and so does a next-phase; a resume of an
  operator's own pause overrules nothing. What was overruled counts again once it is worse (`gates.Overruled`).
- The soak goes on during a pause: it is time under observation, and offers have nothing to do with it.
- A plan that lets what is open finish ends in two steps: nobody is let in from one moment on, and it is closed once no
  poll is under way that has not heard of that. A plan that stops offering does so at its end.
- Once all its devices have ended, the gates are looked at until their soak is over, and the outside signal is asked
  again for a time if it gives no answer then. What breaches them is noted and told: there is nothing left to pause or
  to abort, but to roll back there is, during a pause once that is over: a resume then overrules nothing, since there
  is nothing to go on with. A gate that stays undecided is told as that.
- An abort, and a roll back, which begins with one, are final: they are repeated until the head shows them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sluiceway.domain.gates import (
    PASSED,
    Breached,
    Gate,
    GateFacts,
    GateReason,
    Holds,
    Overruled,
    PhaseTally,
    Reaction,
    Signal,
    SignalState,
    breaches,
    evaluate,
    is_through,
)
from sluiceway.domain.plan import LET_FINISH_FOR, AtEnd, Plan
from sluiceway.domain.rollout_effects import (
    Abort,
    Close,
    Effect,
    HeadView,
    LetNobodyIn,
    OpenPhase,
    PauseOffers,
    ResumeOffers,
    RollBack,
    RolloutReason,
)
from sluiceway.domain.rollout_run import Breach, PhaseRun, RolloutRun
from sluiceway.domain.steering import Command, CommandKind

MOST_BETWEEN_LOOKS = timedelta(hours=1)
SIGNAL_ASKED_FOR = timedelta(hours=1)
"""For how long a signal that gives no answer is asked again, once all devices have ended and the soak is over."""
_LOOKS_PER_QUIET_SPELL = 8
"""How much of the time for which nothing has changed may pass before the next look: one part in so many."""


@dataclass(frozen=True, slots=True)
class Step:
    """What follows from one look: what to remember, what to do, in this order, and when to look again.

    `look_again` is None when neither time nor counters can change anything more: the rollout is over, or all its phases
    are open, without gates and without an end.
    """

    run: RolloutRun
    effects: tuple[Effect, ...]
    look_again: datetime | None


def decide(
    plan: Plan,
    run: RolloutRun,
    head: HeadView,
    tallies: Sequence[PhaseTally],
    *,
    signals: Mapping[int, SignalState],
    commands: Sequence[Command],
    now: datetime,
) -> Step:
    """Say how a rollout goes on. There is one tally for each phase of the plan; a signal not given is unknown."""
    look = _Look(plan, tallies, signals, now)
    phases = tuple(run.of(number) for number in range(len(plan.phases)))
    before = replace(run, phases=phases, over_at=run.over_at or head.over_at)
    at = _judge(look, _Position(head, before))
    for command in commands:
        at = _take_up(look, at, command)
    if commands or at.run != before or before.changed_at is None:
        at = at.changed(now)
    moved = _move_on(look, at)
    at = at if moved == at else moved.changed(now)
    return Step(at.run, at.effects, _look_again(look, at))


def signals_to_ask(plan: Plan, open_phase: int) -> dict[int, Signal]:
    """Return the outside signals that the next look wants to know, by phase: that of the newest open one."""
    if not 0 <= open_phase < len(plan.phases):
        return {}
    signal = plan.phases[open_phase].gate.signal
    return {open_phase: signal} if signal else {}


def opens_not_before(plan: Plan, head: HeadView, number: int) -> datetime | None:
    """Return before which moment a phase opens on nobody's word but an operator's; None for any time."""
    return max(filter(None, (head.start, plan.phases[number].start)), default=None)


def awaits_resume(plan: Plan, run: RolloutRun, head: HeadView) -> bool:
    """Tell whether all devices have ended in a pause, which holds up the roll back that a gate asks for or yet may."""
    is_held_up = head.has_finished and head.paused is not None and run.conclusion is None
    is_done = head.is_withdrawn or head.is_rolled_back
    gates = (planned.gate for planned in plan.phases)
    may_ask = (phase.is_watched for gate, phase in zip(gates, run.phases, strict=False) if _undoes(gate))
    return is_held_up and not is_done and any(may_ask)


def _undoes(gate: Gate) -> bool:
    return gate.on_breach is Reaction.ROLL_BACK


@dataclass(frozen=True, slots=True)
class _Look:
    """All that one look sees besides the rollout itself."""

    plan: Plan
    tallies: Sequence[PhaseTally]
    signals: Mapping[int, SignalState]
    now: datetime

    def facts(self, number: int, phase: PhaseRun) -> GateFacts:
        signal = self.signals.get(number, SignalState.UNKNOWN)
        return GateFacts(self.now, phase.through_at, phase.approved, signal, phase.overruled)

    def breaches(self, number: int, phase: PhaseRun) -> frozenset[GateReason]:
        return frozenset(breaches(self.plan.phases[number].gate, self.tallies[number], self.facts(number, phase)))


@dataclass(frozen=True, slots=True)
class _Position:
    """How far the decision has come: the head as the effects so far leave it."""

    head: HeadView
    run: RolloutRun
    effects: tuple[Effect, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Whether nothing opens, pauses or ends it any more."""
        return self.head.is_withdrawn or self.run.conclusion is not None

    @property
    def goes_on(self) -> bool:
        """Whether it opens phases, and is paused or ended by a breach."""
        return not self.is_settled and self.head.paused is None

    def does(self, effect: Effect) -> _Position:
        return _Position(self.head.after(effect), self.run, (*self.effects, effect))

    def with_run(self, run: RolloutRun) -> _Position:
        return replace(self, run=run)

    def changed(self, now: datetime) -> _Position:
        return self.with_run(replace(self.run, changed_at=now))

    def with_phases(self, changed: Mapping[int, PhaseRun]) -> _Position:
        phases = tuple(changed.get(number, phase) for number, phase in enumerate(self.run.phases))
        return self.with_run(replace(self.run, phases=phases))

    def open_phases(self) -> Iterator[tuple[int, PhaseRun]]:
        return ((number, phase) for number, phase in enumerate(self.run.phases) if number <= self.head.open_phase)

    def has_ended(self, now: datetime) -> bool:
        return self.head.end is not None and now >= self.head.end

    def next_phase(self, now: datetime) -> int | None:
        """Number of the phase that opens next, None when there is none or the plan has ended."""
        number = self.head.open_phase + 1
        is_last = number >= len(self.run.phases)
        return None if is_last or self.head.has_finished or self.has_ended(now) else number


def _judge(look: _Look, at: _Position) -> _Position:
    """Evaluate the gates of all open phases, and note what they say."""
    judged = {
        number: _judged(look, number, phase, is_newest=number == at.head.open_phase)
        for number, phase in at.open_phases()
    }
    return at.with_phases(judged)


def _judged(look: _Look, number: int, phase: PhaseRun, *, is_newest: bool) -> PhaseRun:
    gate, tally = look.plan.phases[number].gate, look.tallies[number]
    seen = replace(
        phase,
        opened_at=phase.opened_at or look.now,
        through_at=phase.through_at or (look.now if is_through(gate, tally) else None),
        overruled=_still_overruled(phase.overruled, look.signals.get(number)),
        outcomes=tally.outcomes,
    )
    verdict = evaluate(gate, tally, look.facts(number, seen))
    kept = None if is_newest else phase.passed_at
    return replace(seen, verdict=verdict, passed_at=phase.passed_at or look.now if verdict == PASSED else kept)


def _still_overruled(overruled: Overruled | None, signal: SignalState | None) -> Overruled | None:
    """Forget that an alarm was overruled once the signal is well."""
    if overruled is None or signal is not SignalState.OK:
        return overruled
    return replace(overruled, reasons=overruled.reasons - {GateReason.SIGNAL_ALARM})


def _take_up(look: _Look, at: _Position, command: Command) -> _Position:
    if at.is_settled:
        return at
    match command.kind:
        case CommandKind.PAUSE | CommandKind.CHANGE_PLAN:
            return at
        case CommandKind.RESUME:
            return _overrule(look, at) if _was_followed(at.run) else at
        case CommandKind.APPROVE:
            return _approve(look, at, command.phase)
        case CommandKind.NEXT_PHASE:
            return _force(look, at, command.phase)


def _was_followed(run: RolloutRun) -> bool:
    """Tell whether a breach brought a pause, for an operator to overrule: after the end it is noted only."""
    return run.breach is not None and (run.over_at is None or run.breach.at < run.over_at)


def _approve(look: _Look, at: _Position, wanted: int | None) -> _Position:
    number = max(at.head.open_phase, 0) if wanted is None else wanted
    if not 0 <= number < len(at.run.phases):
        return at
    return _judge(look, at.with_phases({number: replace(at.run.phases[number], approved=True)}))


def _force(look: _Look, at: _Position, wanted: int | None) -> _Position:
    """Have a phase opened whatever holds it. One that is open or does not exist, or a plan that has ended, stays so."""
    next_phase = at.next_phase(look.now)
    number = next_phase if wanted is None else wanted
    if next_phase is None or number is None or not next_phase <= number < len(at.run.phases):
        return at
    forced = _overrule(look, at.with_phases({number: replace(at.run.phases[number], forced=True)}))
    return forced.does(ResumeOffers()) if isinstance(at.head.paused, GateReason) else forced


def _overrule(look: _Look, at: _Position) -> _Position:
    """Let the rollout go on in spite of all breaches that there are now: they count again once they are worse."""
    overruled = {
        number: replace(phase, overruled=Overruled(reasons, look.tallies[number].outcomes))
        for number, phase in at.open_phases()
        if (reasons := look.breaches(number, phase))
    }
    return _judge(look, at.with_run(replace(at.run, breach=None)).with_phases(overruled))


def _move_on(look: _Look, at: _Position) -> _Position:
    """Do all that is due. How it ends is done last, once that is decided, and until the head shows it."""
    if not at.is_settled:
        at = _react_afterwards(look, at) if at.head.has_finished else _go_on(look, at)
    return _conclude(at)


def _go_on(look: _Look, at: _Position) -> _Position:
    """Do what is due before all devices have ended: each thing once, and in turn each phase."""
    at = _end(look, at)
    if not at.is_settled:
        at = _close(look, at)
    return _open_phases(look, _react(look, at)) if at.goes_on else at


def _concluded(at: _Position, conclusion: Abort | RollBack) -> _Position:
    return at.with_run(replace(at.run, conclusion=conclusion))


def _conclude(at: _Position) -> _Position:
    conclusion = at.run.conclusion
    has_ended = at.head.is_withdrawn or at.head.has_finished
    is_done = at.head.is_rolled_back if isinstance(conclusion, RollBack) else has_ended
    return at if conclusion is None or is_done else at.does(conclusion)


def _end(look: _Look, at: _Position) -> _Position:
    """Note, once, that the end of the plan has come."""
    if not at.has_ended(look.now) or at.run.ended_at is not None:
        return at
    ended = at.with_run(replace(at.run, ended_at=look.now)).changed(look.now)
    return _concluded(ended, Abort(RolloutReason.PLAN_ENDED)) if look.plan.at_end is AtEnd.ABORT else ended


def _close(look: _Look, at: _Position) -> _Position:
    """Let nobody in any more once what is let finish has, and close it once everybody has heard of that."""
    if at.head.closes_at is None and _is_let_finish_done(look, at):
        at = at.does(LetNobodyIn(look.now))
    closes_at = at.head.closes_at
    is_due = closes_at is not None and look.now >= closes_at and not at.head.is_closed
    return at.does(Close()) if is_due else at


def _lets_finish(look: _Look, at: _Position) -> bool:
    """Tell whether the plan has ended, and its open phases may still finish."""
    return look.plan.at_end is AtEnd.LET_FINISH and at.run.ended_at is not None and at.head.closes_at is None


def _is_let_finish_done(look: _Look, at: _Position) -> bool:
    if not _lets_finish(look, at) or at.head.is_at_work:
        return False
    quiet_until = _quiet_until(at)
    is_quiet = quiet_until is not None and look.now >= quiet_until
    return is_quiet or all(look.tallies[number].have_all_ended for number, _ in at.open_phases())


def _quiet_until(at: _Position) -> datetime | None:
    """Return from when on nobody is waited for if nothing happens; None during a pause, which keeps devices away."""
    return None if at.head.paused or at.run.changed_at is None else at.run.changed_at + LET_FINISH_FOR


def _breaches(look: _Look, at: _Position) -> Iterator[tuple[Breach, Reaction]]:
    for number, phase in at.open_phases():
        if isinstance(phase.verdict, Breached):
            yield Breach(number, phase.verdict.reason, look.now), look.plan.phases[number].gate.on_breach


def _react(look: _Look, at: _Position) -> _Position:
    """Follow the first breach with the reaction that its gate asks for."""
    for breach, reaction in _breaches(look, at):
        noted = _noted(at, breach)
        match reaction:
            case Reaction.PAUSE:
                return noted.does(PauseOffers(breach.reason))
            case Reaction.ABORT:
                return _concluded(noted, Abort(breach.reason))
            case Reaction.ROLL_BACK:
                return _concluded(noted, RollBack(breach.reason))
    return at


def _react_afterwards(look: _Look, at: _Position) -> _Position:
    """Roll back what has ended if a gate says so, after a pause; else note the first breach. Each is noted once."""
    found = [*_breaches(look, at)]
    undoing = next((breach for breach, reaction in found if reaction is Reaction.ROLL_BACK), None)
    if undoing:
        at = at if _is_noted(at, undoing) else _noted(at, undoing)
    elif found and at.run.breach is None:
        at = _noted(at, found[0][0])
    return _concluded(at, RollBack(undoing.reason)) if undoing and not at.head.paused else _give_up(look, at)


def _give_up(look: _Look, at: _Position) -> _Position:
    """Note, once, the gates that are not waited for any more though they were not passed."""
    given_up = {
        number: replace(phase, undecided_at=look.now)
        for number, phase in at.open_phases()
        if isinstance(phase.verdict, Holds) and phase.passed_at is None and phase.undecided_at is None
        if _waits_afterwards_until(look, at, number) is None
    }
    return at.with_phases(given_up)


def _waits_afterwards_until(look: _Look, at: _Position, number: int) -> datetime | None:
    """Return until when a gate is waited for though all devices have ended, None when it is not."""
    phase = at.run.phases[number]
    match phase.verdict:
        case Holds(GateReason.SOAKING, until):
            return until
        case Holds(GateReason.SIGNAL_UNKNOWN) if number == at.head.open_phase:
            soaked_at = (phase.through_at or look.now) + look.plan.phases[number].gate.soak
            until = max(soaked_at, at.run.over_at or look.now) + SIGNAL_ASKED_FOR
            return until if look.now < until else None
        case _:
            return None


def _noted(at: _Position, breach: Breach) -> _Position:
    return at.with_run(replace(at.run, breach=breach))


def _is_noted(at: _Position, breach: Breach) -> bool:
    noted = at.run.breach
    return noted is not None and (noted.phase, noted.reason) == (breach.phase, breach.reason)


def _open_phases(look: _Look, at: _Position) -> _Position:
    """Open one phase after the other, as far as they are due and no gate of one that has opened is breached."""
    for number in range(at.head.open_phase + 1, len(at.run.phases)):
        if not at.goes_on or at.has_ended(look.now) or not _is_due(look, at, number):
            break
        at = _react(look, _judge(look, at.does(OpenPhase(number))))
    return at


def _is_due(look: _Look, at: _Position, number: int) -> bool:
    start = _not_before(look, at, number)
    if start is not None and look.now < start:
        return False
    return number == 0 or at.run.phases[number].forced or at.run.phases[number - 1].verdict == PASSED


def _not_before(look: _Look, at: _Position, number: int) -> datetime | None:
    """Return before which moment a phase does not open; what is forced waits for the start of the plan alone."""
    return at.head.start if at.run.phases[number].forced else opens_not_before(look.plan, at.head, number)


def _look_again(look: _Look, at: _Position) -> datetime | None:
    if at.is_settled:
        return None
    next_look = look.now + until_next_look(look.plan, at.run, look.now)
    if at.head.has_finished:
        waits = [_waits_afterwards_until(look, at, number) for number, _ in at.open_phases()]
        heard_at = max(filter(None, waits), default=next_look)
        is_awaited = awaits_resume(look.plan, at.run, at.head)
        return min(heard_at, next_look) if is_awaited or any(waits) else None
    moments = [moment for moment in _moments(look, at) if moment is not None and moment > look.now]
    has_gates = any(not look.plan.phases[number].gate.asks_for_nothing for number, _ in at.open_phases())
    if has_gates or _lets_finish(look, at):
        moments.append(next_look)
    if not moments and at.next_phase(look.now) is None:
        return None
    return min(moments, default=look.now + MOST_BETWEEN_LOOKS)


def _moments(look: _Look, at: _Position) -> Iterator[datetime | None]:
    """Give each time, past ones too, from which on the decision may be another though no counter has changed."""
    yield at.head.end
    yield None if at.head.is_closed else at.head.closes_at
    if _lets_finish(look, at):
        yield _quiet_until(at)
    number = at.next_phase(look.now)
    if number is not None:
        yield _not_before(look, at, number)
    yield from _soaks(at)


def _soaks(at: _Position) -> Iterator[datetime]:
    """Give when each soak that goes on is over."""
    for _, phase in at.open_phases():
        if isinstance(phase.verdict, Holds) and phase.verdict.until:
            yield phase.verdict.until


def until_next_look(plan: Plan, run: RolloutRun, now: datetime) -> timedelta:
    """Return how long to wait: longer the longer nothing has changed, an hour at most, after eight quiet hours."""
    quiet = now - (run.changed_at or now)
    return max(plan.look_every, min(quiet / _LOOKS_PER_QUIET_SPELL, MOST_BETWEEN_LOOKS))
