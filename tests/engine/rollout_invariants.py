"""What always holds of a deployment with something to control, whatever happened to its executions and operators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sluiceway.domain.counters import ADMITTED, RESTORABLE, Tally, has_finished, is_at_work
from sluiceway.domain.deployment import Deployment, Target
from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.domain.gates import PASSED, Breached, GateFacts, Reaction, SignalState, evaluate
from sluiceway.domain.plan import AtEnd
from sluiceway.domain.planning import phase_tallies
from sluiceway.domain.rollout_effects import RollBack
from sluiceway.domain.rollout_run import PhaseRun
from sluiceway.domain.steering import SWITCHES, Command, CommandKind, Steering
from sluiceway.domain.windows import Window
from sluiceway.storage import keys
from sluiceway.storage.table import Item, Key
from sluiceway.usecases.rollouts import Rollout, read_rollout
from tests.engine.recording import Step
from tests.engine.violation import Violation

_PLAN = keys.plan("any", "any").sk


def rollout_of(key: Key, item: Item | None) -> Rollout | None:
    """The rollout whose plan this is."""
    return read_rollout(item) if item is not None and key.sk == _PLAN else None


def plan_key(deployment: Deployment) -> Key:
    """Where the plan of a deployment is."""
    return keys.plan(deployment.workspace, deployment.id)


def lets_in(deployment: Deployment, row: DeviceDeployment, now: datetime) -> bool:
    """Whether a deployment as it stood could offer something new to the device of a row."""
    steering = deployment.steering
    has_begun = steering.start is None or now >= steering.start
    has_ended = steering.closed is not None or (steering.end is not None and now >= steering.end)
    is_open = not steering.has_plan or row.phase <= deployment.open_phase
    is_held = steering.pause is not None or deployment.is_over or not _is_within(steering.windows, now)
    return has_begun and not has_ended and is_open and not is_held


def _is_within(windows: Sequence[Window], now: datetime) -> bool:
    """Whether it is time, for a device that has told no time zone, of windows that open all at once within one day."""
    begun = [now - datetime.combine(now, window.start, UTC) for window in windows if now.weekday() in window.days]
    spans = [window.duration for window in windows if now.weekday() in window.days]
    return not windows or any(timedelta(0) <= since < span for since, span in zip(begun, spans, strict=True))


def check_signal(deployment: Deployment, rollout: Rollout, opened: int, said: Sequence[SignalState]) -> None:
    """No look opens a phase behind a gate with an outside signal unless that said that all is well, or it is forced."""
    for number in range(deployment.open_phase + 1, opened + 1):
        waits = number > 0 and rollout.plan.phases[number - 1].gate.signal is not None
        if waits and not rollout.run.of(number).forced and SignalState.OK not in said:
            raise Violation("a phase opens behind a signal that says that all is well", rollout, said)


# What each change must be


def check_look(step: Step) -> None:
    """A plan moves on, never back, one revision at a time."""
    before, after = rollout_of(step.key, step.before), rollout_of(step.key, step.after)
    if before is None or after is None:
        return
    if after.generation < before.generation or after.rev != before.rev + 1:
        raise Violation("no execution undoes what another one did", before, after)
    opened = [(phase.opened_at, after.run.of(number).opened_at) for number, phase in enumerate(before.run.phases)]
    if any(former is not None and former != later for former, later in opened):
        raise Violation("no phase opens twice", before, after)
    if before.run.conclusion not in {None, after.run.conclusion}:
        raise Violation("how a rollout ends is decided once", before, after)


def check_steering(before: Deployment, after: Deployment, transaction: Sequence[Step]) -> None:
    """Only a look opens phases and takes up commands; what the plan says stays as it was."""
    looks = {step.key: step for step in transaction if step.key.sk == _PLAN}
    look = looks.get(plan_key(after))
    if after.open_phase != before.open_phase:
        _check_opening(before, after, look)
    if after.steering.commands != before.steering.commands:
        _check_commands(before, after, look)
    is_end_told = before.steering.end is None and look is not None
    if _settled(before.steering) != _settled(after.steering) or (
        before.steering.end != after.steering.end and not is_end_told
    ):
        raise Violation("what a plan settled stays", before, after)
    if before.steering.closed not in {None, after.steering.closed}:
        raise Violation("what was closed stays closed", before, after)


def check_next_roll_back(deployment: Deployment, former: Deployment | None) -> None:
    """A deployment is rolled back anew only once the roll back before is over."""
    if former is None or not former.is_over:
        raise Violation("a deployment is rolled back once", deployment, former)


def _settled(steering: Steering) -> Steering:
    return replace(steering, pause=None, commands=(), per_minute=None, closed=None, end=None)


def _check_opening(before: Deployment, after: Deployment, look: Step | None) -> None:
    rollout = rollout_of(look.key, look.after) if look else None
    if look is None or rollout is None:
        raise Violation("only a look opens phases", before, after)
    if after.open_phase < before.open_phase or before.is_withdrawn or after.steering.pause:
        raise Violation("phases open in order, and none during a pause or after an abort", before, after)
    for number in range(before.open_phase + 1, after.open_phase + 1):
        phase, former = rollout.run.of(number), rollout.run.of(number - 1)
        start = after.phases[number].start
        has_come = start is None or look.now >= start
        if phase.opened_at != look.now:
            raise Violation("a look remembers which phases it opens", rollout, number)
        has_started = rollout.plan.start is None or look.now >= rollout.plan.start
        if not has_started:
            raise Violation("no phase opens before its plan starts", rollout, number)
        if not phase.forced and not (has_come and (number == 0 or former.verdict == PASSED)):
            raise Violation("a phase opens at its time and behind a gate that is passed", rollout, number)


def _check_commands(before: Deployment, after: Deployment, look: Step | None) -> None:
    """One more, or all taken up at once by a look."""
    known, now = before.steering.commands, after.steering.commands
    if now and _unmarked(now[:-1]) in (_unmarked(known), _without_oldest_switches(_unmarked(known))):
        return
    rollout = rollout_of(look.key, look.after) if look else None
    is_settled = rollout is not None and (rollout.run.conclusion is not None or has_ended(rollout, before))
    if rollout is None or now or not all(is_settled or _is_taken_up(each, rollout, after) for each in known):
        raise Violation("each command is taken up once, by a look", before, after, rollout)


def _unmarked(commands: Sequence[Command]) -> list[Command]:
    return [replace(command, follows_untold=False) for command in commands]


def _without_oldest_switches(commands: Sequence[Command]) -> list[Command]:
    """Leave out the two that a pause or a resume may take the place of."""
    switches = [place for place, command in enumerate(commands) if command.kind in SWITCHES]
    return [command for place, command in enumerate(commands) if place not in switches[:2]]


def has_ended(rollout: Rollout, deployment: Deployment) -> bool:
    """Whether no command can change anything any more."""
    return deployment.is_over or rollout.run.ended_at is not None


def _is_taken_up(command: Command, rollout: Rollout, deployment: Deployment) -> bool:
    phase: PhaseRun = rollout.run.of(command.phase or 0)
    match command.kind:
        case CommandKind.APPROVE:
            return phase.approved
        case CommandKind.NEXT_PHASE:
            return phase.forced or (command.phase or 0) <= deployment.open_phase
        case CommandKind.PAUSE | CommandKind.RESUME | CommandKind.CHANGE_PLAN:
            return True


# What must be true now


def check_phases(deployment: Deployment, rows: Mapping[str, DeviceDeployment]) -> None:
    """Under a plan each device of a fixed list is in one phase, and each phase has the devices that it should."""
    if deployment.target is not Target.LIST or not deployment.steering.has_plan:
        return
    found = Counter(row.phase for row in rows.values())
    sizes = Counter({number: phase.size for number, phase in enumerate(deployment.phases)})
    is_whole = len(rows) == deployment.size
    if found > sizes or (is_whole and found != sizes):
        raise Violation("phases partition the devices of a list", found, sizes)


def check_roll_back(
    undoing: Deployment, undone: Deployment, rows: Mapping[str, DeviceDeployment], offered: frozenset[str]
) -> None:
    """A roll back gives to each device that was offered something what it had before, and to no other."""
    if undoing.size != len(offered):
        raise Violation("a roll back goes to whoever was offered something", undoing, offered)
    if undone.rolled_back_by != undoing.id and not undoing.is_over:
        raise Violation("a deployment is rolled back once", undone, undoing)
    if not rows.keys() <= offered:
        raise Violation("a roll back goes to whoever was offered something", rows.keys() - offered)


def check_at_rest(
    deployment: Deployment, item: Item, tally: Tally, rows: Mapping[str, DeviceDeployment], now: datetime
) -> None:
    """After the ticks and looks of some days a rollout is over, or waits for a person or for devices."""
    rollout, is_due = read_rollout(item), "G2PK" in item
    if has_finished(deployment, tally):
        _check_over(rollout, deployment, tally, is_due=is_due)
        return
    if not deployment.is_controlled:
        return
    if not is_due or str(item["G2SK"]) <= keys.due_index_sort(now, ""):
        raise Violation("an execution watches each rollout that goes on", deployment, item)
    if rollout.run.conclusion or deployment.steering.commands:
        raise Violation("what was decided or commanded is done", rollout, deployment)
    if any(row.is_open and row.deadline is not None and row.deadline <= now for row in rows.values()):
        raise Violation("who keeps silent has timed out", deployment, rows)
    _check_time(rollout, deployment, now)
    _check_let_finish(rollout, deployment, tally)
    if _could_open(rollout, deployment, tally, now):
        raise Violation("no phase is stranded", rollout, deployment)


def _check_over(rollout: Rollout, deployment: Deployment, tally: Tally, *, is_due: bool) -> None:
    is_paused = deployment.steering.pause is not None and rollout.run.conclusion is None
    could_roll_back = bool(tally[RESTORABLE]) and not deployment.rolled_back_by
    waits_for_resume = could_roll_back and is_paused and not deployment.is_withdrawn and _asks_for_roll_back(rollout)
    if is_due and not waits_for_resume:
        raise Violation("every due mark is cleared", deployment, rollout)
    if waits_for_resume and not is_due:
        raise Violation("a roll back that a pause holds up is waited for", deployment, rollout)
    if isinstance(rollout.run.conclusion, RollBack) and could_roll_back:
        raise Violation("what was decided or commanded is done", rollout, deployment)
    is_judged = all(phase.through_at for phase in rollout.run.phases if phase.opened_at)
    if _has_ended_by_its_limit(deployment, tally) and not is_judged:
        raise Violation("whom the limit lets in makes a phase through", rollout, deployment)


def _has_ended_by_its_limit(deployment: Deployment, tally: Tally) -> bool:
    is_full = deployment.most_devices is not None and tally[ADMITTED] >= deployment.most_devices
    is_cut_short = deployment.is_withdrawn or deployment.steering.closed is not None
    return deployment.steering.has_plan and is_full and not is_cut_short


def _asks_for_roll_back(rollout: Rollout) -> bool:
    verdicts = zip(rollout.plan.phases, rollout.run.phases, strict=False)
    return any(
        isinstance(phase.verdict, Breached) and planned.gate.on_breach is Reaction.ROLL_BACK
        for planned, phase in verdicts
    )


def _check_time(rollout: Rollout, deployment: Deployment, now: datetime) -> None:
    plan = rollout.plan
    if plan.end is None or now < plan.end:
        return
    ended: Mapping[AtEnd, Callable[[], bool]] = {
        AtEnd.STOP_OFFERING: lambda: deployment.steering.closed is not None,
        AtEnd.ABORT: lambda: deployment.is_withdrawn,
        AtEnd.LET_FINISH: lambda: rollout.run.ended_at is not None,
    }
    if not ended[plan.at_end]():
        raise Violation("a plan ends at its time", rollout, deployment)


def _check_let_finish(rollout: Rollout, deployment: Deployment, tally: Tally) -> None:
    """What was let finish, and has, is not waited for."""
    is_let_finish = rollout.plan.at_end is AtEnd.LET_FINISH and rollout.run.ended_at is not None
    opened = phase_tallies(deployment, tally)[: deployment.open_phase + 1]
    if is_let_finish and not is_at_work(tally) and all(phase.have_all_ended for phase in opened):
        raise Violation("what is let finish ends", rollout, deployment)


def _could_open(rollout: Rollout, deployment: Deployment, tally: Tally, now: datetime) -> bool:
    """Whether nothing keeps the next phase from opening."""
    plan, newest = rollout.plan, deployment.open_phase
    is_last = newest + 1 >= len(plan.phases)
    if is_last or deployment.steering.pause or (plan.end is not None and now >= plan.end):
        return False
    starts = [plan.start, plan.phases[newest + 1].start]
    if any(start is not None and now < start for start in starts):
        return False
    if newest < 0:
        return True
    run = rollout.run.of(newest)
    facts = GateFacts(now, run.through_at, run.approved, overruled=run.overruled)
    return evaluate(plan.phases[newest].gate, phase_tallies(deployment, tally)[newest], facts) == PASSED
