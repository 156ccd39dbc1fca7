"""Reading deployments: one, or what a search finds, always with the counters that say how far it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sluiceway.domain.counters import Tally, finished_at, has_finished, stage
from sluiceway.domain.deployment import Deployment, Stage
from sluiceway.domain.errors import NotFound
from sluiceway.storage import keys
from sluiceway.storage.deployment_items import read_head, read_targets
from sluiceway.storage.shard_items import read_tally
from sluiceway.storage.table import Item, Key, Query, Record
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class Progress:
    """A deployment and its counters, read together."""

    deployment: Deployment
    tally: Tally
    targets: tuple[str, ...] | None = None
    """Its device ids, when it has a fixed list short enough to be read with it."""
    task_token: str = ""
    """By which its execution is woken, when `find` read it and the execution has ever waited."""
    stored_rollout: Item | None = None
    """What its execution works with (`rollouts.rollout_of`), when `find` read it and there is anything to control."""

    @property
    def stage(self) -> Stage:
        """Whether it is pending, in progress or finished."""
        return stage(self.deployment, self.tally)

    @property
    def has_finished(self) -> bool:
        """Whether it has ended."""
        return has_finished(self.deployment, self.tally)

    @property
    def finished_at(self) -> datetime | None:
        """When it ended, None while it runs."""
        return finished_at(self.deployment, self.tally)


def load(service: Service, workspace: str, deployment_id: str) -> Progress:
    """Read one deployment with its counters in one Query, as `find`. Raises NotFound."""
    progress = find(service, workspace, deployment_id)
    if progress is None:
        raise NotFound(f"deployment {deployment_id}")
    return progress


def load_software(service: Service, workspace: str, deployment_id: str) -> Progress:
    """Read one deployment that devices ask for, as `load`. Raises NotFound, also for one that is pushed."""
    progress = load(service, workspace, deployment_id)
    if progress.deployment.is_pushed:
        raise NotFound(f"deployment {deployment_id}")
    return progress


def find(service: Service, workspace: str, deployment_id: str) -> Progress | None:
    """Read one deployment with its counters and its rollout in one Query, its head first; None when it is absent."""
    partition = keys.deployment_partition(workspace, deployment_id)
    page = service.table.query(Query(partition, first=keys.HEAD, last=keys.TARGETS))
    items = {record.key.sk: record.item for record in page.records}
    if keys.HEAD not in items:
        return None
    return Progress(
        read_head(workspace, deployment_id, items[keys.HEAD]),
        read_tally([record for record in page.records if _is_shard(record)]),
        read_targets(items[keys.TARGETS]) if keys.TARGETS in items else None,
        str(items[keys.WAITING_TASK]["token"]) if keys.WAITING_TASK in items else "",
        items.get(keys.PLAN),
    )


def find_many(service: Service, workspace: str, deployment_ids: Sequence[str]) -> list[Progress]:
    """Read several deployments with their counters: one batch, and one Query for each that is spread over shards."""
    found = service.table.get_many([key for each in deployment_ids for key in _small_parts(workspace, each)])
    return [progress for each in deployment_ids if (progress := _assemble(service, workspace, each, found)) is not None]


def _small_parts(workspace: str, deployment_id: str) -> tuple[Key, Key, Key]:
    """Return where all of a deployment is when it has only one counter shard."""
    return (
        keys.deployment(workspace, deployment_id),
        keys.counter_shard(workspace, deployment_id, 0),
        keys.targets(workspace, deployment_id),
    )


def _assemble(service: Service, workspace: str, deployment_id: str, found: Mapping[Key, Item]) -> Progress | None:
    head, shard, targets = _small_parts(workspace, deployment_id)
    if head not in found:
        return None
    deployment = read_head(workspace, deployment_id, found[head])
    if deployment.shards > 1:
        return find(service, workspace, deployment_id)
    tally = read_tally([Record(shard, found[shard])] if shard in found else [])
    return Progress(deployment, tally, read_targets(found[targets]) if targets in found else None)


def load_heads(service: Service, workspace: str, deployment_ids: Sequence[str]) -> dict[str, Deployment]:
    """Read the heads of the deployments that exist, without counters, in one batch."""
    found = service.table.get_many([keys.deployment(workspace, each) for each in deployment_ids])
    return heads_among(found, workspace, deployment_ids)


def heads_among(found: Mapping[Key, Item], workspace: str, deployment_ids: Sequence[str]) -> dict[str, Deployment]:
    """Return the heads of the deployments that are among items read before."""
    return {
        each: read_head(workspace, each, found[key])
        for each in deployment_ids
        if (key := keys.deployment(workspace, each)) in found
    }


def _is_shard(record: Record) -> bool:
    return keys.HEAD < record.key.sk <= keys.LAST_SHARD
