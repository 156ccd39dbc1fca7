"""The deployments that one device has or had a part in (mender contract 4.2; data model 2.2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sluiceway.domain.artifacts import Artifact
from sluiceway.domain.device import Device
from sluiceway.domain.device_deployment import DeviceDeployment, Status
from sluiceway.domain.effective import effective
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.storage import keys
from sluiceway.storage.deployment_items import read_board_entry
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Query
from sluiceway.usecases.deployments import Progress, find_many, load_heads
from sluiceway.usecases.device_rows import all_rows
from sluiceway.usecases.finishing import artifact_ids, settle
from sluiceway.usecases.known_devices import load_device
from sluiceway.usecases.releases import load_artifacts
from sluiceway.usecases.service import Service

MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Part:
    """A device's part in one deployment, with all that is shown of both."""

    row: DeviceDeployment
    progress: Progress
    artifact_ids: tuple[str, ...]
    """What the deployment can assign."""
    artifacts: Mapping[str, Artifact]
    """What was assigned to the device, by id; artifacts of its other parts may be among them."""


def device_history(
    service: Service, workspace: str, device_id: str, statuses: Collection[Status], *, skip: int, take: int
) -> tuple[list[Part], int]:
    """Return one page of a device's parts that stand at one of the statuses, newest first, and how many do.

    Counting stops at 10,000. A deployment without a fixed list that the device has not asked for yet is pending.
    """
    if not is_possible_id(device_id):
        return [], 0
    found = [row for row in parts_of(service, workspace, device_id) if row.status in statuses]
    return _shown(service, workspace, found[skip : skip + take]), min(len(found), MOST_COUNTED)


def parts_of(service: Service, workspace: str, device_id: str) -> list[DeviceDeployment]:
    """Return all parts of a device, newest first, as they stand."""
    rows = all_rows(service, workspace, device_id)
    ended = [row for row in rows if not row.is_open]
    device = load_device(service, workspace, device_id)
    current = [*_open_rows(service, workspace, rows), *(_unstored_rows(service, device, rows) if device else [])]
    newest_first = sorted([*ended, *current], key=lambda row: row.order, reverse=True)
    device_type = device.device_type if device else ""
    return [replace(row, device_type=row.device_type or device_type) for row in newest_first]


def _open_rows(service: Service, workspace: str, rows: Sequence[DeviceDeployment]) -> list[DeviceDeployment]:
    """Return the rows that are not final as stored, as they stand; a row without a deployment is none."""
    open_rows = [row for row in rows if row.is_open]
    heads = load_heads(service, workspace, [row.deployment_id for row in open_rows])
    return [effective(row, heads[row.deployment_id]) for row in open_rows if row.deployment_id in heads]


def _unstored_rows(service: Service, device: Device, rows: Sequence[DeviceDeployment]) -> list[DeviceDeployment]:
    """Return the device's part in what is on the board that it has not asked for yet; an open target has no such."""
    orders = {row.order for row in rows}
    restorable = {row.order for row in rows if row.is_restorable}
    board = map(read_board_entry, read_all(service.table, Query(keys.board(device.workspace))))
    new = [entry for entry in board if entry.order not in orders]
    waiting = [entry for entry in new if entry.undoes in restorable or (entry.cut and device.was_in(entry.cut))]
    heads = load_heads(service, device.workspace, [entry.deployment_id for entry in waiting])
    return [effective(head.row_of(device.id), head) for head in heads.values()]


def _shown(service: Service, workspace: str, rows: Sequence[DeviceDeployment]) -> list[Part]:
    found = settle(service, find_many(service, workspace, [row.deployment_id for row in rows]))
    progress = {each.deployment.id: each for each in found}
    artifacts = load_artifacts(service, workspace, {row.artifact_id for row in rows if row.artifact_id})
    return [
        Part(row, its, artifact_ids(service, its.deployment), artifacts)
        for row in rows
        if (its := progress.get(row.deployment_id))
    ]
