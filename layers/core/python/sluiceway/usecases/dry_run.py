"""How a deployment would go: as many devices as a creation would target now, under the plan that it would have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sluiceway.domain.deployment import Definition, Target
from sluiceway.domain.errors import InvalidMembers
from sluiceway.domain.fleet import check_group_name
from sluiceway.domain.plan import Plan
from sluiceway.domain.planning import phase_sizes
from sluiceway.domain.projection import Projection, project
from sluiceway.usecases.aims import check_plan_of, find_aim
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class DryRun:
    """What to project: a target, a plan, and what is assumed of each device."""

    target: Definition
    """Only what says whom it goes to."""
    plan: Plan
    poll_every: timedelta
    install_time: timedelta
    """From the offer to the last report."""


def dry_run(service: Service, workspace: str, wanted: DryRun, now: datetime) -> Projection:
    """Project a deployment that would be made now; nothing is written.

    Raises InvalidPlan, and Invalid for a target without devices and for what would not end in any year of the calendar.
    """
    if wanted.target.group:
        check_group_name(wanted.target.group)
    devices = find_aim(service, workspace, wanted.target).size
    check_plan_of(service, wanted.target, wanted.plan, devices, now)
    sizes = phase_sizes(wanted.plan, devices, fixed_list=wanted.target.target is Target.LIST)
    try:
        return project(wanted.plan, sizes, now, poll_every=wanted.poll_every, install_time=wanted.install_time)
    except OverflowError:
        raise InvalidMembers([("plan", "would not end before the year 10000")]) from None
