"""Giving the devices of a deployment back what they had before (design section 7).

The deployment is aborted if it goes on. Then one more is made, however many devices there are: whoever asked for the
first and comes for work finds it on the board, and its own row in the first says what it had.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple, cast

from sluiceway.domain.counters import RESTORABLE
from sluiceway.domain.deployment import Deployment, Target, next_order, shards_for
from sluiceway.domain.errors import DeploymentFinished, DeploymentState
from sluiceway.domain.event import Event, EventType
from sluiceway.domain.happenings import Happening
from sluiceway.domain.steering import BY_OPERATOR
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.deployment_items import head_key, put_board_entry
from sluiceway.storage.table import Equal, Update, Write
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.deployment_events import event_writes
from sluiceway.usecases.deployments import Progress, load
from sluiceway.usecases.put_in_order import put_in_order
from sluiceway.usecases.service import Service


def roll_back(service: Service, workspace: str, deployment_id: str, now: datetime, *, by: str = "") -> str:
    """Roll a deployment back and return the id of the one that does it, the same however often this is called.

    `by` is the id of the API key of the operator who asks for it, empty for the execution. Raises NotFound, and
    DeploymentState when there is nothing to give back or the deployment is a roll back itself.
    """
    with suppress(DeploymentFinished):
        abort_deployment(service, workspace, deployment_id, now)
    made = commit(service.table, lambda: _plan(service, load(service, workspace, deployment_id), by, now))
    for event in made.events:
        service.deliveries.start(event)
    return made.id


class _RollBack(NamedTuple):
    """The deployment that undoes another, and what is to be told of it."""

    id: str
    events: Sequence[Event]


def _plan(service: Service, undone: Progress, by: str, now: datetime) -> tuple[_RollBack, Sequence[Write]]:
    before = undone.deployment
    if before.rolled_back_by:
        return _RollBack(before.rolled_back_by, ()), []
    size = undone.tally[RESTORABLE]
    if before.rolls_back:
        raise DeploymentState("the deployment is itself a roll back")
    if not size:
        raise DeploymentState("no device was offered anything by the deployment, so there is nothing to give back")
    stored = service.table.get(keys.sequence(before.workspace)) or {}
    made = _deployment(before, size, cast("str", stored.get("last_order", "")), now)
    linked = Update(
        head_key(before), set={"rolled_back_by": made.id}, add={"rev": 1}, condition=Equal("rev", before.rev)
    )
    reason = BY_OPERATOR if by else ""
    happened = Happening(EventType.DEPLOYMENT_ROLLED_BACK, now, reason=reason, by=by, rolled_back_by=made.id)
    told, events = event_writes(service, before, [happened], now)
    return _RollBack(made.id, events), [*put_in_order(made), put_board_entry(made, undoes=before.order), linked, *told]


def _deployment(undone: Deployment, size: int, last_order: str, now: datetime) -> Deployment:
    """Make the deployment; its id follows from that of the first, so that two at once make one."""
    new_id = str(uuid.uuid5(uuid.NAMESPACE_OID, undone.id))
    order = next_order(last_order, keys.order_of(now), new_id)
    return Deployment(
        workspace=undone.workspace,
        id=new_id,
        order=order,
        created=keys.moment_of(order),
        name=f"roll back of {undone.name}",
        artifact_name=f"before {undone.artifact_name}",
        target=Target.ROLL_BACK,
        size=size,
        shards=shards_for(size),
        retry=undone.retry,
        rolls_back=undone.id,
    )
