"""Making a deployment (mender contract 2.7, data model 3.1 to 3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sluiceway.domain.deployment import Definition, Deployment, Target, next_order, shards_for
from sluiceway.domain.errors import NoSuchRelease, TooManyOpenTargets
from sluiceway.domain.fleet import check_group_name
from sluiceway.domain.phases import check_phases, next_start, open_at, plan_phases
from sluiceway.domain.planning import with_plan
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.deployment_items import (
    INLINE_TARGETS,
    due_attributes,
    put_board_entry,
    read_board_entry,
    target_records,
)
from sluiceway.storage.device_items import read_device
from sluiceway.storage.release_items import read_release
from sluiceway.storage.row_items import row_item, row_key
from sluiceway.storage.table import (
    Item,
    Key,
    Put,
    Query,
    Record,
    Write,
)
from sluiceway.usecases.aims import Aim, aim_at_present, aim_by_filter, check_plan_of
from sluiceway.usecases.equal_deployments import claim_definition, refuse_duplicate
from sluiceway.usecases.finishing import settle_finished
from sluiceway.usecases.put_in_order import put_in_order
from sluiceway.usecases.releases import use_release
from sluiceway.usecases.rollouts import begin_rollout
from sluiceway.usecases.seed_rows import SEEDING
from sluiceway.usecases.service import Service

SEEDED_BEFORE_COMMIT = 2_000
"""Rows written before the deployment exists; a longer list gets its rows from a worker right after."""
MOST_OPEN_TARGETS = 50
"""Active deployments without a fixed list: every idle poll reads them all."""
SHARDS_OF_OPEN_TARGET = 64
"""Counter shards of a deployment that may come to have any number of devices."""


@dataclass(frozen=True, slots=True)
class _Ground:
    """What a creation stands on: one batch of reads."""

    last_order: str
    holder: str
    """The deployment that holds the same definition, empty when none does."""
    removals: int
    """How many devices were ever removed, read before those who are accepted."""
    device_group: str
    """The group of the only device that is named, empty when it is in none or there are several."""


def create_deployment(service: Service, workspace: str, definition: Definition, now: datetime) -> str:
    """Make a deployment and return its id. Its devices count as pending from the start.

    Raises NoSuchRelease, DuplicateDeployment while an unfinished one has the same definition, Invalid when it would
    have no devices, or an id or a name that no device, group or filter has, and TooManyOpenTargets.
    """
    _check(definition)
    filtered = aim_by_filter(service, workspace, definition) if definition.filter_id else None
    made = commit(service.table, lambda: _decide_writes(service, workspace, definition, filtered, now))
    if definition.plan or next_start(made.phases, made.open_phase) is not None:
        service.rollouts.start(workspace, made.id, 0)
    return made.id


def _check(definition: Definition) -> None:
    """Refuse what is wrong whatever is stored, before any of that is looked at (mender contract 1.5)."""
    if definition.group:
        check_group_name(definition.group)
    for device_id in definition.targets:
        keys.escape(device_id)
    if definition.phases and definition.target is Target.LIST:
        plan_phases(definition.phases, len(definition.targets))
    elif definition.phases:
        check_phases(definition.phases)


def _decide_writes(
    service: Service, workspace: str, definition: Definition, filtered: Aim | None, now: datetime
) -> tuple[Deployment, list[Write]]:
    """Decide on a deployment with an id of its own, so that rows that were written in vain never belong to another."""
    ground = _read_ground(service, workspace, definition)
    refuse_duplicate(service, workspace, ground.holder)
    if definition.target is not Target.LIST:
        _refuse_full_board(service, workspace)
    aim = filtered or aim_at_present(service, workspace, definition)
    if definition.plan:
        check_plan_of(service, definition.plan, aim, now)
    unplanned = _unplanned(workspace, service.new_id(), definition, ground, aim, now=now)
    deployment = with_plan(unplanned, definition.plan, now, aim.device_ids) if definition.plan else unplanned
    _write_ahead(service, deployment, definition.targets)
    return deployment, _writes(deployment, definition, ground, now)


def _unplanned(
    workspace: str, deployment_id: str, definition: Definition, ground: _Ground, aim: Aim, *, now: datetime
) -> Deployment:
    order = next_order(ground.last_order, keys.order_of(now), deployment_id)
    phases = plan_phases(definition.phases, aim.size) if definition.phases else ()
    return Deployment(
        workspace=workspace,
        id=deployment_id,
        order=order,
        created=keys.moment_of(order),
        name=definition.name,
        artifact_name=definition.artifact_name,
        target=definition.target,
        size=aim.size,
        shards=SHARDS_OF_OPEN_TARGET if aim.filter else shards_for(aim.size),
        force_installation=definition.force_installation,
        retry=definition.retry,
        phases=phases,
        open_phase=open_at(phases, now) if phases else 0,
        most_devices=definition.most_devices,
        control_map=definition.control_map,
        cut=aim.cut,
        filter=aim.filter,
        device_group=ground.device_group,
    )


def _read_ground(service: Service, workspace: str, definition: Definition) -> _Ground:
    release = keys.release(workspace, definition.artifact_name)
    sequence = keys.sequence(workspace)
    guard = keys.definition(workspace, definition.digest())
    targets = definition.targets
    only_device = [keys.device(workspace, targets[0])] if len(targets) == 1 else []
    found = service.table.get_many([release, sequence, guard, *only_device])
    if not read_release(definition.artifact_name, found.get(release)).artifacts:
        raise NoSuchRelease("No artifact for the deployment")
    removals = cast("int", found.get(sequence, {}).get("removals", 0))
    groups = [read_device(workspace, found[key]).groups.group for key in only_device if key in found]
    return _Ground(_text(found, sequence, "last_order"), _text(found, guard, "dep"), removals, "".join(groups))


def _text(found: Mapping[Key, Item], key: Key, attribute: str) -> str:
    return cast("str", found.get(key, {}).get(attribute, ""))


def _refuse_full_board(service: Service, workspace: str) -> None:
    board = service.table.query(Query(keys.board(workspace), limit=MOST_OPEN_TARGETS))
    entries = [read_board_entry(record) for record in board.records]
    if len(entries) < MOST_OPEN_TARGETS:
        return
    if not any(settle_finished(service, workspace, entry.deployment_id) for entry in entries):
        raise TooManyOpenTargets(
            f"{MOST_OPEN_TARGETS} deployments to all devices, a group or a filter are active; "
            "abort one or wait for one to finish"
        )


def _write_ahead(service: Service, deployment: Deployment, targets: tuple[str, ...]) -> None:
    """Write what is invisible until the head exists: the rows of a list that is not too long, and its chunks."""
    records = [] if len(targets) <= INLINE_TARGETS else target_records(deployment, targets)
    if len(targets) <= SEEDED_BEFORE_COMMIT:
        rows = deployment.rows_of(targets)
        records += [Record(row_key(row), row_item(row, rev=1)) for row in rows]
    service.table.put_many(records)


def _writes(deployment: Deployment, definition: Definition, ground: _Ground, now: datetime) -> list[Write]:
    """Make the deployment, unless what it stands on has changed. A cut stands if no device was removed since.

    A device that is removed later is taken out of every deployment on the board, so it never counts as pending.
    """
    workspace = deployment.workspace
    return [
        *put_in_order(deployment, _due(deployment, now), removals=ground.removals if deployment.cut else None),
        claim_definition(deployment, definition.digest(), ground.holder),
        use_release(workspace, deployment.artifact_name),
        Put(keys.release_use(workspace, deployment.artifact_name, deployment.id), {"order": deployment.order}),
        *_target_writes(deployment, definition.targets),
        *begin_rollout(deployment, definition.plan, now),
    ]


def _target_writes(deployment: Deployment, targets: tuple[str, ...]) -> list[Write]:
    """Make the targets known."""
    if deployment.target is not Target.LIST:
        return [put_board_entry(deployment)]
    if len(targets) > INLINE_TARGETS:
        return []
    return [Put(record.key, record.item) for record in target_records(deployment, targets)]


def _due(deployment: Deployment, now: datetime) -> Item:
    if deployment.target is Target.LIST and deployment.size > SEEDED_BEFORE_COMMIT:
        return due_attributes(deployment, now, SEEDING)
    return {}
