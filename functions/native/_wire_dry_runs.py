"""Dry runs as JSON."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from native._wire import WHOLE, NativeModel
from native._wire_deployments import TargetBody
from native._wire_plans import PlanBody
from sluiceway.domain.deployment import Definition
from sluiceway.domain.errors import InvalidMembers
from sluiceway.domain.projection import Assumptions, Prices, ProjectedPhase, Projection
from sluiceway.domain.slots import SlotKind
from sluiceway.domain.times import rfc3339
from sluiceway.http.request import Request
from sluiceway.http.wire import parse_body
from sluiceway.usecases.dry_run import DryRun

_SECOND = timedelta(seconds=1)
MOST_ASSUMED = 86_400
"""Seconds between two polls of a device, or for an installation: a day."""
LEFT_OUT = ("data-transfer", "storage", "logs")
"""What the prices do not have in them."""
Assumed = Annotated[int, Field(ge=1, le=MOST_ASSUMED), WHOLE]


class DryRunBody(NativeModel):
    """The body of a dry run: slot, target and plan of a creation, and what is assumed of each device."""

    slot: SlotKind = SlotKind.SOFTWARE
    target: TargetBody
    plan: PlanBody = Field(default_factory=PlanBody)
    poll_every_seconds: Assumed = 1_800
    install_seconds: Assumed = 600


def parse_dry_run(request: Request) -> DryRun:
    """Read what to project. Raises Invalid."""
    body = parse_body(DryRunBody, request)
    faults = [*body.target.faults(body.slot), *body.plan.faults(body.slot)]
    if faults:
        raise InvalidMembers(faults)
    target = Definition(name="", artifact_name="", **body.target.to_members())
    assumed = Assumptions(body.poll_every_seconds * _SECOND, body.install_seconds * _SECOND, body.slot)
    return DryRun(target, body.plan.to_plan(), assumed, body.target.selectors())


def projection_json(projection: Projection) -> dict[str, Any]:
    """Render a projection."""
    starts = [phase.first_start for phase in projection.phases if phase.first_start]
    ends = [phase.last_start for phase in projection.phases if phase.last_start]
    return {
        "devices": sum(phase.devices for phase in projection.phases),
        "first_start_at": _moment(min(starts, default=None)),
        "last_start_at": _moment(max(ends, default=None)),
        "ends_at": rfc3339(projection.end),
        "is_cut_short": projection.is_cut_short,
        "phases": [_phase_json(number, phase) for number, phase in enumerate(projection.phases, start=1)],
        "requests": asdict(projection.requests),
        "cost_usd": projection.cost,
        "prices": _prices_json(projection.prices),
    }


def _prices_json(prices: Prices) -> dict[str, Any]:
    return {"region": prices.region, "as_of": prices.as_of.isoformat(), "leave_out": [*LEFT_OUT]}


def _phase_json(number: int, phase: ProjectedPhase) -> dict[str, Any]:
    return {
        "number": number,
        "devices": phase.devices,
        "opens_at": rfc3339(phase.opens),
        "first_start_at": _moment(phase.first_start),
        "last_start_at": _moment(phase.last_start),
        "ends_at": rfc3339(phase.end),
        "passed_at": rfc3339(phase.passed),
    }


def _moment(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None
