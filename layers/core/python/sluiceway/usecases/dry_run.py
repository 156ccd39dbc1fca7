"""How a deployment would go: as many devices as a creation would target now, under the plan that it would have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sluiceway.domain.deployment import Definition
from sluiceway.domain.errors import InvalidMembers
from sluiceway.domain.fleet import check_group_name
from sluiceway.domain.plan import Plan
from sluiceway.domain.planning import phase_sizes
from sluiceway.domain.projection import Assumptions, Projection, project
from sluiceway.domain.workflow_device import TagSelector
from sluiceway.usecases.aims import check_plan_of, find_aim
from sluiceway.usecases.create_pushed_deployment import check_pushed_plan, devices_of_slot
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class DryRun:
    """What to project: a target, a plan, and what is assumed of each device."""

    target: Definition
    """Only what says whom it goes to."""
    plan: Plan
    assumed: Assumptions
    tags: Sequence[TagSelector] = ()
    """What selects the devices of a workflow, where that is not a list."""


def dry_run(service: Service, workspace: str, wanted: DryRun, now: datetime) -> Projection:
    """Project a deployment that would be made now; nothing is written.

    Raises InvalidPlan, and Invalid for a target without devices and for what would not end in any year of the calendar.
    """
    sizes_of = _pushed_sizes if wanted.assumed.is_pushed else _sizes
    sizes = sizes_of(service, workspace, wanted, now)
    try:
        return project(wanted.plan, sizes, now, wanted.assumed)
    except OverflowError:
        raise InvalidMembers([("plan", "would not end before the year 10000")]) from None


def _sizes(service: Service, workspace: str, wanted: DryRun, now: datetime) -> Sequence[int]:
    """Return how many devices each phase would have."""
    if wanted.target.group:
        check_group_name(wanted.target.group)
    aim = find_aim(service, workspace, replace(wanted.target, plan=wanted.plan))
    check_plan_of(service, wanted.plan, aim, now)
    return phase_sizes(wanted.plan, aim.size, exact=aim.is_exact)


def _pushed_sizes(service: Service, workspace: str, wanted: DryRun, now: datetime) -> Sequence[int]:
    """Return the same for what is pushed: its devices are listed once and for all when it is created."""
    slot = wanted.assumed.slot
    devices = len(devices_of_slot(service, workspace, slot, wanted.target.targets, wanted.tags))
    check_pushed_plan(service, wanted.plan, devices, now)
    return phase_sizes(wanted.plan, devices, exact=True)
