"""Giving the devices of a long list their rows, after the deployment exists (data model 3.1).

Until a device has its row it is offered nothing. Seeding again does no harm to the rows that are there.
"""

from __future__ import annotations

from functools import partial

from sluiceway.domain.deployment import Deployment, State
from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.deployment_items import head_item, head_key, read_targets
from sluiceway.storage.paging import read_all
from sluiceway.storage.row_items import put_row, row_key
from sluiceway.storage.table import Equal, Item, Put, Write
from sluiceway.usecases.deployments import load_heads
from sluiceway.usecases.service import Service


def seed_rows(service: Service, deployment: Deployment) -> None:
    """Write the rows that are missing, chunk by chunk, and take the deployment off the list of due work."""
    for chunk in read_all(service.table, keys.target_chunks(deployment.workspace, deployment.id)):
        _seed_chunk(service, deployment, chunk.item)
    commit(service.table, lambda: _seeded(service, deployment))


def _seed_chunk(service: Service, deployment: Deployment, chunk: Item) -> None:
    rows = {row_key(row): row for row in map(deployment.row_of, read_targets(chunk))}
    there = service.table.get_many(list(rows))
    missing = [row for key, row in rows.items() if key not in there]
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
