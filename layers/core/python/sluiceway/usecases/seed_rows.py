"""Giving the devices of a long list their rows, after the deployment exists (data model 3.1).

Until a device has its row it is offered nothing. Seeding again does no harm to the rows that are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sluiceway.domain.deployment import Deployment, State
from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.deployment_items import head_item, head_key, read_targets
from sluiceway.storage.paging import read_all
from sluiceway.storage.row_items import put_row, row_key
from sluiceway.storage.table import Equal, Put, Write
from sluiceway.usecases.deployments import load_heads
from sluiceway.usecases.service import Service

SEEDING = "seeding"
"""The kind of due work that this is."""
_ROWS_AT_ONCE = 1_000


def seed_rows(service: Service, deployment: Deployment) -> None:
    """Write the rows that are missing, some at a time, and take the deployment off the list of due work."""
    rows = deployment.rows_of(_targets(service, deployment))
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        _seed_rows(service, rows[start : start + _ROWS_AT_ONCE])
    commit(service.table, lambda: _seeded(service, deployment))


def _targets(service: Service, deployment: Deployment) -> Sequence[str]:
    short = service.table.get(keys.targets(deployment.workspace, deployment.id))
    if short is not None:
        return read_targets(short)
    chunks = read_all(service.table, keys.target_chunks(deployment.workspace, deployment.id))
    return [device_id for chunk in chunks for device_id in read_targets(chunk.item)]


def _seed_rows(service: Service, rows: Sequence[DeviceDeployment]) -> None:
    there = service.table.get_many([row_key(row) for row in rows])
    missing = [row for row in rows if row_key(row) not in there]
    service.table.side_by_side(*(partial(_seed, service, row) for row in missing))


def _seed(service: Service, row: DeviceDeployment) -> None:
    """Write a row unless it is there: the device may have moved it since a write whose answer was lost."""
    attempts = iter([[put_row(row, row)]])
    commit(service.table, lambda: (None, next(attempts, [])))


def _seeded(service: Service, deployment: Deployment) -> tuple[None, list[Write]]:
    """Write the head without its due mark, unless an abort has put another there."""
    before = load_heads(service, deployment.workspace, [deployment.id])[deployment.id]
    if before.state is not State.ACTIVE:
        return None, []
    return None, [Put(head_key(before), head_item(before, rev=before.rev + 1), Equal("rev", before.rev))]
