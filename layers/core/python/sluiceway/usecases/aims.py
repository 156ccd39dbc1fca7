"""Whom a deployment goes to, and whether its plan fits: for who makes one, and who only asks how it would go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sluiceway.domain.deployment import Definition, Target
from sluiceway.domain.device import AuthStatus
from sluiceway.domain.errors import Invalid, NotFound
from sluiceway.domain.fleet import Cut
from sluiceway.domain.inventory_search import STATUS, Operator, SavedFilter, Term
from sluiceway.domain.plan import Plan
from sluiceway.domain.plan_checks import check_plan
from sluiceway.usecases.fleet import accepted_now
from sluiceway.usecases.fleet_inventory import Search, search
from sluiceway.usecases.groups import accepted_in_group_now
from sluiceway.usecases.saved_filters import load_filter
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class Aim:
    """Whom a deployment goes to: how many devices, and what tells who they are unless a list does."""

    size: int
    cut: Cut | None = None
    filter: SavedFilter | None = None


def find_aim(service: Service, workspace: str, definition: Definition) -> Aim:
    """Count the devices. Raises Invalid when there are none, or no such filter."""
    if definition.filter_id:
        return aim_by_filter(service, workspace, definition.filter_id)
    return aim_at_present(service, workspace, definition)


def aim_by_filter(service: Service, workspace: str, filter_id: str) -> Aim:
    """Return the filter, and how many devices that may ask meet it now: an estimate, which no lost race makes anew."""
    try:
        saved = load_filter(service, workspace, filter_id)
    except NotFound as absent:
        raise Invalid(f"filter_id: there is no filter {filter_id}") from absent
    wanted = Search(terms=(*saved.terms, Term(STATUS, Operator.EQUAL, AuthStatus.ACCEPTED)))
    _, size = search(service, workspace, wanted, offset=0, limit=0)
    return Aim(size, filter=saved)


def aim_at_present(service: Service, workspace: str, definition: Definition) -> Aim:
    """Return how many devices it goes to, and for all devices or a group the cut that tells who they are."""
    if definition.target is Target.LIST:
        return Aim(len(definition.targets))
    group = definition.group
    size, cut = accepted_in_group_now(service, workspace, group) if group else accepted_now(service, workspace)
    if not size:
        raise Invalid("No devices for the deployment")
    return Aim(size, cut)


def check_plan_of(service: Service, definition: Definition, plan: Plan, devices: int, now: datetime) -> None:
    """Refuse, as InvalidPlan, a plan that cannot be kept with so many devices."""
    is_list = definition.target is Target.LIST
    check_plan(plan, devices, now, fixed_list=is_list, plain_probes=service.reaches_loopback, member="plan")
