"""Making a deployment of configuration or of a workflow under a plan (design section 7).

Its devices are a list that is settled here: later ones are not added. They get their rows once it exists, by whoever
makes it or, if that dies or the list is long, by the tick of due work; nothing reaches them before the execution looks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field, replace
from datetime import datetime

from sluiceway.domain.deployment import Deployment, Target, shards_for
from sluiceway.domain.errors import Invalid
from sluiceway.domain.plan import Plan
from sluiceway.domain.plan_checks import check_plan, check_windows
from sluiceway.domain.planning import with_plan
from sluiceway.domain.slots import AssignedVersion, ConfigContent, SlotContent, SlotKind
from sluiceway.domain.workflow_device import DeviceClass, TagSelector
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.deployment_items import INLINE_TARGETS, due_attributes, target_records
from sluiceway.storage.table import Put, Write
from sluiceway.usecases.assign_workflows import (
    Assignment,
    Selection,
    check_assignment,
    select_devices,
)
from sluiceway.usecases.config_devices import get_config_devices, list_config_devices
from sluiceway.usecases.create_config_deployment import check_config_content
from sluiceway.usecases.equal_deployments import claim_definition, find_holder
from sluiceway.usecases.object_lists import ObjectListing
from sluiceway.usecases.pushed_references import naming_members, refuse_config_devices
from sluiceway.usecases.put_in_order import next_order_in, put_in_order
from sluiceway.usecases.rollouts import begin_rollout
from sluiceway.usecases.seed_rows import SEEDING, seed_rows
from sluiceway.usecases.service import Service
from sluiceway.usecases.workflow_devices import DeviceFilter, list_workflow_devices

MOST_DEVICES = 10_000
"""Of one deployment: whose rows one look of the execution reads."""
SEEDED_AT_ONCE = 2_000
"""Rows that the one who makes the deployment writes; those of a longer list the tick does."""


@dataclass(frozen=True, slots=True)
class PushedDefinition:
    """What to make."""

    name: str
    content: SlotContent
    device_ids: Sequence[str] = ()
    """Empty for all devices that have such a slot now."""
    plan: Plan = field(default_factory=Plan)
    rolls_back: str = ""
    """Id of the deployment that it undoes: then each device gets what its row there says it had."""
    tags: Sequence[TagSelector] = ()
    """Of a workflow, instead of the ids: the devices that one of them selects now."""

    def digest(self) -> str:
        """Return the same text for the same definition, in whatever order; the plan is no part of it."""
        devices, tags = sorted({*self.device_ids}), sorted({*self.tags}, key=str)
        parts = [self.name, self.content.slot, astuple(self.content), devices, tags]
        return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def create_pushed_deployment(service: Service, workspace: str, wanted: PushedDefinition, now: datetime) -> str:
    """Make a deployment and return its id. Its devices count as pending from the start.

    Raises InvalidMembers for content that does not exist or fits nobody and for devices that do not; Invalid for none
    and for too many; InvalidPlan; and DuplicateDeployment while an unfinished one has the same definition.
    """
    definition = replace(wanted, device_ids=_checked_devices(service, workspace, wanted))
    check_pushed_plan(service, wanted.plan, len(definition.device_ids), now)
    digest = wanted.digest()

    def decide_writes() -> tuple[Deployment, list[Write]]:
        holder = find_holder(service, workspace, digest)
        made, writes = place_pushed(service, workspace, definition, service.new_id(), now)
        return made, [*writes, claim_definition(made, digest, holder)]

    made = commit(service.table, decide_writes)
    begin_pushed(service, made)
    return made.id


def check_pushed_plan(service: Service, plan: Plan, devices: int, now: datetime) -> None:
    """Refuse, as Invalid or InvalidPlan, a plan that cannot be kept with so many devices."""
    if not 0 < devices <= MOST_DEVICES:
        raise Invalid(f"the deployment would have {devices} devices, and it takes from 1 to {MOST_DEVICES}")
    check_plan(plan, devices, now, exact=True, plain_probes=service.reaches_loopback, member="plan")
    check_windows(plan, now, in_utc=True, member="plan")


def devices_of_slot(
    service: Service, workspace: str, slot: SlotKind, device_ids: Sequence[str], tags: Sequence[TagSelector]
) -> Sequence[str]:
    """Return these devices, or those of these tags, or all that have such a slot now if nothing is named.

    Raises Invalid for one that has none.
    """
    if slot is SlotKind.CONFIG:
        return _config_devices(service, workspace, device_ids)
    if not (device_ids or tags):
        return _workflow_devices(service, workspace)
    selection = Selection(frozenset(device_ids), tuple(tags))
    return sorted(naming_members(lambda: select_devices(service, workspace, selection)))


def place_pushed(
    service: Service, workspace: str, definition: PushedDefinition, deployment_id: str, now: datetime
) -> tuple[Deployment, list[Write]]:
    """Return a deployment, after all others of its workspace, and its writes; its rows are due, and its execution."""
    order = next_order_in(service, workspace, deployment_id, now)
    plan = _without_what_devices_ask(definition.plan)
    made = with_plan(_unplanned(workspace, definition, deployment_id, order), plan, now)
    return made, [
        *put_in_order(made, due_attributes(made, now, SEEDING)),
        *_target_writes(service, made, definition.device_ids),
        *begin_rollout(made, plan, now),
    ]


def _without_what_devices_ask(plan: Plan) -> Plan:
    """Return a plan without what only means devices that come and ask."""
    return replace(plan, withdraws_success=False, deadlines=replace(plan.deadlines, retrying=None))


def _unplanned(workspace: str, definition: PushedDefinition, deployment_id: str, order: str) -> Deployment:
    devices = len(definition.device_ids)
    return Deployment(
        workspace=workspace,
        id=deployment_id,
        order=order,
        created=keys.moment_of(order),
        name=definition.name,
        artifact_name="",
        target=Target.LIST,
        size=devices,
        shards=shards_for(devices),
        content=definition.content,
        rolls_back=definition.rolls_back,
    )


def begin_pushed(service: Service, made: Deployment) -> None:
    """Give the devices their rows unless they are many, and start the execution."""
    if made.size <= SEEDED_AT_ONCE:
        seed_rows(service, made)
    service.rollouts.start(made.workspace, made.id, 0)


def _checked_devices(service: Service, workspace: str, wanted: PushedDefinition) -> Sequence[str]:
    match wanted.content:
        case ConfigContent(release_id, instance_ids):
            naming_members(lambda: check_config_content(service, workspace, release_id, instance_ids))
            return _config_devices(service, workspace, wanted.device_ids)
        case AssignedVersion(workflow_id, version):
            selected = wanted.device_ids or wanted.tags
            device_ids = wanted.device_ids if selected else _workflow_devices(service, workspace)
            if not device_ids and not wanted.tags:
                return []
            selection = Selection(frozenset(device_ids), tuple(wanted.tags))
            assignment = Assignment({workflow_id: version}, selection)
            return sorted(naming_members(lambda: check_assignment(service, workspace, assignment).device_ids))


def _workflow_devices(service: Service, workspace: str) -> Sequence[str]:
    """Return all devices that have workflow slots."""
    every = ObjectListing(limit=MOST_DEVICES + 1)
    listed = list_workflow_devices(service, workspace, DeviceFilter(frozenset({DeviceClass.EDGE_COMPUTE})), every)
    return [device.id for device in listed.objects]


def _config_devices(service: Service, workspace: str, device_ids: Sequence[str]) -> Sequence[str]:
    if not device_ids:
        return [device.id for device in list_config_devices(service, workspace)]
    wanted = list(dict.fromkeys(device_ids))
    known = get_config_devices(service, workspace, wanted)
    refuse_config_devices(each for each in wanted if each not in known)
    return wanted


def _target_writes(service: Service, made: Deployment, device_ids: Sequence[str]) -> list[Write]:
    """Make the targets known: a long list is written ahead, where nobody looks until the deployment exists."""
    records = target_records(made, device_ids)
    if len(device_ids) <= INLINE_TARGETS:
        return [Put(record.key, record.item) for record in records]
    service.table.put_many(records)
    return []
