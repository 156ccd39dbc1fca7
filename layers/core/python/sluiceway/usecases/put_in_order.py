"""Adding a deployment to those of its workspace: each has an order above all earlier ones (mender contract 14.9)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sluiceway.domain.deployment import Deployment, next_order
from sluiceway.storage import keys
from sluiceway.storage.deployment_items import directory_item, head_item, head_key
from sluiceway.storage.table import Absent, AllOf, AnyOf, Below, Condition, Equal, Put, Update, Value, Write
from sluiceway.usecases.service import Service


def next_order_in(service: Service, workspace: str, deployment_id: str, now: datetime) -> str:
    """Return the order of a deployment that comes after all others of its workspace."""
    sequence = service.table.get(keys.sequence(workspace)) or {}
    return next_order(str(sequence.get("last_order", "")), keys.order_of(now), deployment_id)


def put_in_order(
    made: Deployment, due: Mapping[str, Value] | None = None, *, removals: int | None = None
) -> list[Write]:
    """Return the writes of a new head, with what makes it due, and of its line in the list of all deployments.

    They fail when another deployment has got a higher order meanwhile, and with `removals` when more than so many
    devices have ever been removed.
    """
    workspace = made.workspace
    stands: Condition = AnyOf((Absent("last_order"), Below("last_order", made.order)))
    if removals is not None:
        stands = AllOf((stands, Equal("removals", removals) if removals else Absent("removals")))
    counted = {"n_deployments": 1}
    return [
        Put(head_key(made), {**head_item(made, rev=1), **(due or {})}, Absent()),
        Put(keys.deployment_entry(workspace, made.order), directory_item(made), Absent()),
        Update(keys.sequence(workspace), set={"last_order": made.order}, add=counted, condition=stands),
    ]
