"""The devices of a deployment, those that have not asked yet among them (mender contract 2.10, 3.4)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sluiceway.domain.deployment import Deployment, Target
from sluiceway.domain.device_deployment import DeviceDeployment, Status
from sluiceway.domain.effective import effective
from sluiceway.storage import keys
from sluiceway.storage.deployment_items import INLINE_TARGETS, read_targets
from sluiceway.storage.device_items import read_device
from sluiceway.storage.paging import read_all
from sluiceway.storage.row_items import read_row, row_key
from sluiceway.storage.table import Query, Record
from sluiceway.usecases.deployments import Progress, load_heads
from sluiceway.usecases.fleet import targets_of_cut
from sluiceway.usecases.service import Service


def deployment_devices(service: Service, progress: Progress) -> list[DeviceDeployment]:
    """Return every targeted device as it stands, sorted by status, then id.

    A list of at most 100 devices is read strongly; the rows of others come from an index that may lag behind.
    """
    return _with_device_types(service, _sorted(service, progress, target_ids(service, progress)))


def page_of_devices(
    service: Service, progress: Progress, statuses: Collection[Status], *, skip: int, take: int
) -> tuple[list[DeviceDeployment], int]:
    """Return one page of the targeted devices that stand at one of the statuses, and how many do.

    What is shown of a device is read strongly; where it is shown may come from an index that lags behind.
    """
    targets = target_ids(service, progress)
    found = [row for row in _sorted(service, progress, targets) if row.status in statuses]
    page = found[skip : skip + take]
    shown = page if len(targets) <= INLINE_TARGETS else _read_again(service, progress.deployment, page)
    return _with_device_types(service, shown), len(found)


def _sorted(service: Service, progress: Progress, targets: Sequence[str]) -> list[DeviceDeployment]:
    deployment = progress.deployment
    rows = _rows(service, deployment, targets)
    listed = [effective(rows.get(each) or deployment.row_of(each), deployment) for each in targets]
    return sorted(listed, key=lambda row: (row.status.rank, row.device_id))


def _read_again(service: Service, deployment: Deployment, rows: Sequence[DeviceDeployment]) -> list[DeviceDeployment]:
    records = _few_rows(service, deployment, [row.device_id for row in rows])
    stored = {row.device_id: row for row in (read_row(deployment.workspace, record) for record in records)}
    return [effective(stored.get(row.device_id, row), deployment) for row in rows]


def stored_rows(service: Service, progress: Progress) -> list[DeviceDeployment]:
    """Read the rows of a fixed list strongly, as they are stored."""
    deployment = progress.deployment
    records = _few_rows(service, deployment, target_ids(service, progress))
    return [read_row(deployment.workspace, record) for record in records]


def target_ids(service: Service, progress: Progress) -> Sequence[str]:
    """Return the ids of all targeted devices, a fixed list in its own order; of an open target those that asked."""
    deployment = progress.deployment
    if progress.targets is not None:
        return progress.targets
    if deployment.cut:
        return targets_of_cut(service, deployment.workspace, deployment.size, deployment.cut)
    if deployment.has_open_target:
        return [row.device_id for row in _indexed_rows(service, deployment)]
    if deployment.target is Target.ROLL_BACK:
        undone = load_heads(service, deployment.workspace, [deployment.rolls_back])[deployment.rolls_back]
        return [row.device_id for row in _indexed_rows(service, undone) if row.is_restorable]
    chunks = read_all(service.table, keys.target_chunks(deployment.workspace, deployment.id))
    return [device_id for chunk in chunks for device_id in read_targets(chunk.item)]


def _rows(service: Service, deployment: Deployment, targets: Sequence[str]) -> dict[str, DeviceDeployment]:
    records = (
        _few_rows(service, deployment, targets) if len(targets) <= INLINE_TARGETS else _indexed(service, deployment)
    )
    return {row.device_id: row for row in (read_row(deployment.workspace, record) for record in records)}


def _few_rows(service: Service, deployment: Deployment, targets: Iterable[str]) -> list[Record]:
    found = service.table.get_many([row_key(deployment.row_of(device_id)) for device_id in targets])
    return [Record(key, item) for key, item in found.items()]


def _indexed(service: Service, deployment: Deployment) -> list[Record]:
    parts = [keys.rows_index(deployment.workspace, deployment.id, part) for part in range(deployment.index_parts)]
    return [record for part in parts for record in read_all(service.table, Query(part, index="GSI1"))]


def _indexed_rows(service: Service, deployment: Deployment) -> list[DeviceDeployment]:
    return [read_row(deployment.workspace, record) for record in _indexed(service, deployment)]


def _with_device_types(service: Service, rows: Sequence[DeviceDeployment]) -> list[DeviceDeployment]:
    """Fill in the device type that a device last told its inventory, where it has not asked for this deployment."""
    unknown = {row.device_id: keys.device(row.workspace, row.device_id) for row in rows if not row.device_type}
    heads = service.table.get_many(list(unknown.values()))
    types = {
        device_id: read_device(key.pk, heads[key]).device_type for device_id, key in unknown.items() if key in heads
    }
    return [replace(row, device_type=row.device_type or types.get(row.device_id, "")) for row in rows]
