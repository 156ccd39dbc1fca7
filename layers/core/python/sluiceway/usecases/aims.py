"""Whom a deployment goes to, and whether its plan fits: for who makes one, and who only asks how it would go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sluiceway.domain.deployment import Definition, Target
from sluiceway.domain.device import AuthStatus
from sluiceway.domain.errors import Invalid, NotFound
from sluiceway.domain.fleet import Cut
from sluiceway.domain.inventory_search import STATUS, Operator, SavedFilter, Term
from sluiceway.domain.plan import Plan
from sluiceway.domain.plan_checks import check_plan, check_windows
from sluiceway.domain.spread import MOST_RANKED
from sluiceway.storage import keys
from sluiceway.storage.device_items import read_device, read_entry
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import LAST_SORT_KEY, Query
from sluiceway.usecases.fleet import accepted_now
from sluiceway.usecases.fleet_inventory import Search, find_ids
from sluiceway.usecases.groups import accepted_in_group_now, members_of
from sluiceway.usecases.saved_filters import load_filter
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class Aim:
    """Whom a deployment goes to: how many devices, and what tells who they are unless a list does."""

    size: int
    cut: Cut | None = None
    filter: SavedFilter | None = None
    device_ids: Sequence[str] | None = None
    """Of a list, and of as few devices as are ranked to make the phases of a plan exact; None of more."""

    @property
    def is_exact(self) -> bool:
        """Whether the phases of a plan have as many devices as they say."""
        return self.device_ids is not None


def find_aim(service: Service, workspace: str, definition: Definition) -> Aim:
    """Count the devices. Raises Invalid when there are none, or no such filter."""
    if definition.filter_id:
        return aim_by_filter(service, workspace, definition)
    return aim_at_present(service, workspace, definition)


def aim_by_filter(service: Service, workspace: str, definition: Definition) -> Aim:
    """Return the filter, and how many devices that may ask meet it now: an estimate, which no lost race makes anew.

    They are ranked once there is one for each phase: until then whoever comes first is where its position says.
    """
    try:
        saved = load_filter(service, workspace, definition.filter_id)
    except NotFound as absent:
        raise Invalid(f"filter_id: there is no filter {definition.filter_id}") from absent
    wanted = Search(terms=(*saved.terms, Term(STATUS, Operator.EQUAL, AuthStatus.ACCEPTED)))
    found = find_ids(service, workspace, wanted)
    phases = len(definition.plan.phases) if definition.plan else 0
    return Aim(len(found), filter=saved, device_ids=found if 0 < phases <= len(found) <= MOST_RANKED else None)


def aim_at_present(service: Service, workspace: str, definition: Definition) -> Aim:
    """Return how many devices it goes to, and for all devices or a group the cut that tells who they are."""
    if definition.target is Target.LIST:
        return Aim(len(definition.targets), device_ids=definition.targets)
    group = definition.group
    size, cut = accepted_in_group_now(service, workspace, group) if group else accepted_now(service, workspace)
    if not size:
        raise Invalid("No devices for the deployment")
    is_ranked = definition.plan is not None and len(definition.plan.phases) > 1 and size <= MOST_RANKED
    return Aim(size, cut, device_ids=_devices_of(service, workspace, size, cut) if is_ranked else None)


def _devices_of(service: Service, workspace: str, size: int, cut: Cut) -> list[str] | None:
    """Return the ids of the devices of a cut that was made a moment ago, None if they have changed since.

    Nor are they found in a group that has more devices than are ranked, most of which are not accepted.
    """
    found = _in_group(service, workspace, cut) if cut.group else _accepted(service, workspace, cut)
    return found if len(found) == size else None


def _accepted(service: Service, workspace: str, cut: Cut) -> list[str]:
    status = f"{AuthStatus.ACCEPTED}#"
    listed = Query(keys.device_directory(workspace), first=status, last=f"{status}{LAST_SORT_KEY}")
    entries = (read_entry(record.item) for record in read_all(service.table, listed))
    return [entry.device_id for entry in entries if entry.was_in(cut)]


def _in_group(service: Service, workspace: str, cut: Cut) -> list[str]:
    members = members_of(service, workspace, cut.group, MOST_RANKED)
    stored = service.table.get_many([keys.device(workspace, device_id) for device_id in members])
    devices = (read_device(workspace, item) for item in stored.values())
    return [device.id for device in devices if device.was_in(cut)]


def check_plan_of(service: Service, plan: Plan, aim: Aim, now: datetime) -> None:
    """Refuse, as InvalidPlan, a plan that cannot be kept with these devices."""
    check_plan(plan, aim.size, now, exact=aim.is_exact, plain_probes=service.reaches_loopback, member="plan")
    check_windows(plan, now, in_utc=False, member="plan")
