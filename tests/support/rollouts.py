"""Plans, gates and rollouts for tests: strategies whose values meet often enough to matter, and a rollout to drive."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from sluiceway.domain.device_deployment import Status
from sluiceway.domain.gates import (
    PASSED,
    Breached,
    Gate,
    GateFacts,
    GateReason,
    Holds,
    Outcomes,
    Overruled,
    PhaseTally,
    Reaction,
    Signal,
    SignalKind,
    SignalState,
)
from sluiceway.domain.phases import NONE_OPEN
from sluiceway.domain.plan import AtEnd, Plan, PlannedPhase
from sluiceway.domain.rollout import Step, decide
from sluiceway.domain.rollout_effects import Abort, Effect, HeadView, RollBack, RolloutReason
from sluiceway.domain.rollout_run import Breach, PhaseRun, RolloutRun
from sluiceway.domain.steering import Command, CommandKind
from tests.support.app import NOW

_FEW = st.integers(0, 8)
_SHARES = st.none() | st.sampled_from([0.0, 0.1, 0.5, 0.95, 1.0])

spans = st.integers(0, 72).map(lambda hours: timedelta(hours=hours))
signals = st.builds(Signal, st.sampled_from(SignalKind), st.just("errors"))
gates = st.builds(
    Gate,
    least_success_share=_SHARES,
    most_failure_share=_SHARES,
    most_failures=st.none() | _FEW,
    most_timeout_share=_SHARES,
    most_timeouts=st.none() | _FEW,
    minimum_sample=_FEW,
    least_ended_share=st.sampled_from([0.5, 0.9, 1.0]),
    soak=st.just(timedelta(0)) | spans,
    needs_approval=st.booleans(),
    signal=st.none() | signals,
    on_breach=st.sampled_from(Reaction),
)
phase_tallies = st.builds(
    PhaseTally,
    size=st.none() | _FEW,
    let_in=_FEW,
    ended=st.dictionaries(st.sampled_from([status for status in Status if status.is_final]), _FEW, max_size=4),
    margin=st.integers(0, 3),
    most=st.none() | _FEW,
)
outcomes = st.builds(Outcomes, _FEW, _FEW, _FEW, _FEW)
overrulings = st.builds(Overruled, st.frozensets(st.sampled_from(GateReason), max_size=3), outcomes)
moments = spans.map(lambda span: NOW + span)
maybe_moments = st.none() | moments
gate_facts = st.builds(
    GateFacts,
    now=moments,
    through_at=maybe_moments,
    approved=st.booleans(),
    signal=st.sampled_from(SignalState),
    overruled=st.none() | overrulings,
)

causes = st.sampled_from([*GateReason, *RolloutReason])
commands = st.builds(Command, st.sampled_from(CommandKind), moments, st.just("key"), st.none() | st.integers(-1, 5))
phases = st.builds(PlannedPhase, start=maybe_moments, gate=gates)
plans = st.builds(
    Plan,
    phases=st.lists(phases, min_size=1, max_size=4).map(tuple),
    start=maybe_moments,
    end=maybe_moments,
    at_end=st.sampled_from(AtEnd),
    look_every=st.sampled_from([timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=3)]),
)
heads = st.builds(
    HeadView,
    open_phase=st.integers(NONE_OPEN, 4),
    paused=st.none() | causes,
    is_withdrawn=st.booleans(),
    has_finished=st.booleans(),
    is_rolled_back=st.booleans(),
    is_at_work=st.booleans(),
    start=maybe_moments,
    end=maybe_moments,
    closes_at=maybe_moments,
    is_closed=st.booleans(),
)
reasons = st.sampled_from(GateReason)
phase_runs = st.builds(
    PhaseRun,
    opened_at=maybe_moments,
    forced=st.booleans(),
    through_at=maybe_moments,
    approved=st.booleans(),
    passed_at=maybe_moments,
    undecided_at=maybe_moments,
    overruled=st.none() | overrulings,
    verdict=st.none() | st.builds(Holds, reasons, maybe_moments) | st.just(PASSED) | st.builds(Breached, reasons),
    outcomes=outcomes,
)
runs = st.builds(
    RolloutRun,
    phases=st.lists(phase_runs, max_size=4).map(tuple),
    breach=st.none() | st.builds(Breach, _FEW, reasons, moments),
    ended_at=maybe_moments,
    conclusion=st.none() | st.builds(Abort, causes) | st.builds(RollBack, causes),
    changed_at=maybe_moments,
    over_at=maybe_moments,
    is_end_told=st.booleans(),
)
NOT_BEGUN = HeadView(NONE_OPEN)
FRESH = RolloutRun()


@dataclass
class Rollout:
    """A rollout whose effects come true at once, as the execution writes them with what it remembers."""

    plan: Plan
    tallies: list[PhaseTally]
    head: HeadView = NOT_BEGUN
    run: RolloutRun = FRESH
    signals: dict[int, SignalState] = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)
    now: datetime = NOW

    def look(self, after: timedelta = timedelta(0)) -> Step:
        """Let time pass, look, and do what follows."""
        self.now += after
        step = decide(
            self.plan, self.run, self.head, self.tallies, signals=self.signals, commands=self.commands, now=self.now
        )
        self.run, self.commands = step.run, []
        for effect in step.effects:
            self.head = self.head.after(effect)
        return step

    def effects(self, after: timedelta = timedelta(0)) -> tuple[Effect, ...]:
        """What a look after some time does."""
        return self.look(after).effects

    def asks(self, kind: CommandKind, phase: int | None = None) -> None:
        """An operator's word: a pause and a resume are in force at once."""
        if kind in {CommandKind.PAUSE, CommandKind.RESUME}:
            paused = RolloutReason.OPERATOR if kind is CommandKind.PAUSE else None
            self.head = replace(self.head, paused=paused)
        self.commands.append(Command(kind, self.now, "key", phase))


@st.composite
def rollouts(draw: st.DrawFn) -> Rollout:
    """Any rollout at all, also one that no history leads to."""
    plan = draw(plans)
    tallies = draw(st.lists(phase_tallies, min_size=len(plan.phases), max_size=len(plan.phases)))
    states = st.dictionaries(st.integers(0, 4), st.sampled_from(SignalState), max_size=2)
    asked = st.lists(commands, max_size=3)
    return Rollout(plan, tallies, draw(heads), draw(runs), draw(states), draw(asked), draw(moments))
