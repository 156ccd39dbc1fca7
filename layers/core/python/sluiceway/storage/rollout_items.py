"""What the execution of a rollout remembers, as an attribute of the plan's item; what is empty is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sluiceway.domain.gates import PASSED, Breached, GateReason, Holds, Outcomes, Overruled, Verdict
from sluiceway.domain.rollout_effects import Abort, Cause, RollBack, RolloutReason
from sluiceway.domain.rollout_run import Breach, PhaseRun, RolloutRun
from sluiceway.storage.moments import from_milliseconds, read_moment, stored_moment, to_milliseconds
from sluiceway.storage.table import Item, Value

_CAUSES: Mapping[str, Cause] = {str(cause): cause for cause in (*GateReason, *RolloutReason)}
_CONCLUSIONS: Mapping[str, type[Abort | RollBack]] = {"abort": Abort, "roll-back": RollBack}


def run_item(run: RolloutRun) -> Item:
    """Return the stored form."""
    return _without_empty(
        {
            "phases": [_phase_item(phase) for phase in run.phases],
            "breach": _breach_item(run.breach) if run.breach else None,
            "ended": stored_moment(run.ended_at),
            "conclusion": _conclusion_item(run.conclusion) if run.conclusion else None,
            "changed": stored_moment(run.changed_at),
            "over": stored_moment(run.over_at),
            "end_told": run.is_end_told,
        }
    )


def read_run(stored: Mapping[str, Any] | None) -> RolloutRun:
    """Return what was stored; nothing before the first look."""
    item = stored or {}
    return RolloutRun(
        phases=tuple(_read_phase(phase) for phase in item.get("phases", ())),
        breach=_read_breach(item["breach"]) if "breach" in item else None,
        ended_at=read_moment(item.get("ended")),
        conclusion=_read_conclusion(item["conclusion"]) if "conclusion" in item else None,
        changed_at=read_moment(item.get("changed")),
        over_at=read_moment(item.get("over")),
        is_end_told=item.get("end_told", False),
    )


def read_cause(stored: str) -> Cause:
    """Return why a rollout was paused or ended, by its code."""
    return _CAUSES[stored]


def _without_empty(item: Item) -> Item:
    return {name: value for name, value in item.items() if value not in (None, False, [])}


def _phase_item(phase: PhaseRun) -> Item:
    return _without_empty(
        {
            "opened": stored_moment(phase.opened_at),
            "forced": phase.forced,
            "through": stored_moment(phase.through_at),
            "approved": phase.approved,
            "passed": stored_moment(phase.passed_at),
            "undecided": stored_moment(phase.undecided_at),
            "overruled": _overruled_item(phase.overruled) if phase.overruled else None,
            "verdict": _verdict_item(phase.verdict) if phase.verdict else None,
            "outcomes": _outcomes_item(phase.outcomes),
        }
    )


def _read_phase(item: Mapping[str, Any]) -> PhaseRun:
    return PhaseRun(
        opened_at=read_moment(item.get("opened")),
        forced=item.get("forced", False),
        through_at=read_moment(item.get("through")),
        approved=item.get("approved", False),
        passed_at=read_moment(item.get("passed")),
        undecided_at=read_moment(item.get("undecided")),
        overruled=_read_overruled(item["overruled"]) if "overruled" in item else None,
        verdict=_read_verdict(item["verdict"]) if "verdict" in item else None,
        outcomes=Outcomes(*item["outcomes"]),
    )


def _outcomes_item(outcomes: Outcomes) -> Sequence[int]:
    return [outcomes.succeeded, outcomes.failed, outcomes.timed_out, outcomes.ended]


def _overruled_item(overruled: Overruled) -> Item:
    return {
        "reasons": sorted(str(reason) for reason in overruled.reasons),
        "outcomes": _outcomes_item(overruled.outcomes),
    }


def _read_overruled(item: Mapping[str, Any]) -> Overruled:
    return Overruled(frozenset(map(GateReason, item["reasons"])), Outcomes(*item["outcomes"]))


def _verdict_item(verdict: Verdict) -> Item:
    match verdict:
        case Holds(reason, until):
            return _without_empty({"holds": str(reason), "until": stored_moment(until)})
        case Breached(reason):
            return {"breached": str(reason)}
        case _:
            return {"passed": True}


def _read_verdict(item: Mapping[str, Any]) -> Verdict:
    if "holds" in item:
        return Holds(GateReason(item["holds"]), read_moment(item.get("until")))
    return Breached(GateReason(item["breached"])) if "breached" in item else PASSED


def _breach_item(breach: Breach) -> Sequence[Value]:
    return [breach.phase, str(breach.reason), to_milliseconds(breach.at)]


def _read_breach(stored: Sequence[Any]) -> Breach:
    phase, reason, at = stored
    return Breach(phase, GateReason(reason), from_milliseconds(at))


def _conclusion_item(conclusion: Abort | RollBack) -> Sequence[str]:
    kind = next(name for name, made in _CONCLUSIONS.items() if isinstance(conclusion, made))
    return [kind, str(conclusion.reason)]


def _read_conclusion(stored: Sequence[str]) -> Abort | RollBack:
    kind, reason = stored
    return _CONCLUSIONS[kind](read_cause(reason))
