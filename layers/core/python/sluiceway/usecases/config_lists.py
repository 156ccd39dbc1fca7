"""Searching the config deployments of a workspace (miru contract 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from sluiceway.domain.config_deployment import Activity, ConfigDeployment, ConfigSlot, Target, effective_config
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.storage import keys
from sluiceway.storage.config_deployment_items import config_deployment_key, read_config_deployment
from sluiceway.storage.config_device_items import read_config_device
from sluiceway.storage.paging import read_all_of
from sluiceway.usecases.config_records import Reach, read_directory
from sluiceway.usecases.service import Service

Wanted: TypeAlias = Callable[[ConfigDeployment], bool]


def find_config_deployments(
    service: Service,
    workspace: str,
    is_wanted: Wanted | None = None,
    *,
    ids: Iterable[str] | None = None,
    device_ids: Iterable[str] | None = None,
    reach: Reach | None = None,
) -> list[ConfigDeployment]:
    """Return what a list knows of all deployments that are wanted, as they stand, in the order of their creation.

    Only those with these ids, or else those of these devices, are looked through, unless neither is given; where
    nothing says which are wanted, only those within reach, in whatever order. They may come without their texts and
    instances: `load_config_deployments` reads the whole of those on a page. Raises Invalid when there are too many to
    look through.
    """
    if ids is not None:
        listed = _load_named(service, workspace, ids)
    elif device_ids is not None:
        listed = _load_of_devices(service, workspace, device_ids)
    else:
        directory = keys.config_deployment_directory(workspace)
        reach = reach if is_wanted is None else None
        entries = read_directory(service, directory, named_by="id or device_id", reach=reach)
        listed = [read_config_deployment(workspace, entry) for entry in entries]
    return list(filter(is_wanted, _as_they_stand(service, workspace, listed)))


def _load_named(service: Service, workspace: str, ids: Iterable[str]) -> list[ConfigDeployment]:
    pointers = {keys.config_deployment_pointer(workspace, each): each for each in ids if is_possible_id(each)}
    found = service.table.get_many(list(pointers))
    return _by_creation(
        _load_wherever(service, workspace, {(str(found[key]["device"]), pointers[key]) for key in found})
    )


def _load_of_devices(service: Service, workspace: str, device_ids: Iterable[str]) -> list[ConfigDeployment]:
    """Read what is over after what is not, so that nothing is missed that ends in between."""
    devices = [each for each in device_ids if is_possible_id(each)]
    found: dict[str, ConfigDeployment] = {}
    for find in (keys.live_config_deployments, keys.archived_config_deployments):
        records = read_all_of(service.table, [find(workspace, device) for device in devices])
        found |= {each.id: each for each in (read_config_deployment(workspace, record.item) for record in records)}
    return _by_creation(found.values())


def _by_creation(deployments: Iterable[ConfigDeployment]) -> list[ConfigDeployment]:
    return sorted(deployments, key=lambda each: (each.created, each.id))


def load_config_deployments(service: Service, listed: Sequence[ConfigDeployment]) -> list[ConfigDeployment]:
    """Return the whole of some listed deployments, in their order; each stands as it was listed."""
    whole = _load_whole(service, listed)
    over = [
        replace(each, target=Target.ARCHIVED, activity=Activity.ARCHIVED) for each in listed if each.id not in whole
    ]
    whole |= _load_whole(service, over)
    return [_with_texts(each, whole[each.id]) for each in listed]


def _load_whole(service: Service, listed: Sequence[ConfigDeployment]) -> dict[str, ConfigDeployment]:
    """Read those of some deployments that are where they belong, by id: what is over meanwhile has moved."""
    found = service.table.get_many([config_deployment_key(each) for each in listed])
    return {
        each.id: read_config_deployment(each.workspace, found[key])
        for each in listed
        if (key := config_deployment_key(each)) in found
    }


def _with_texts(listed: ConfigDeployment, whole: ConfigDeployment) -> ConfigDeployment:
    return replace(
        listed,
        description=whole.description,
        message=whole.message,
        findings=whole.findings,
        instance_ids=whole.instance_ids,
    )


def _as_they_stand(service: Service, workspace: str, listed: Sequence[ConfigDeployment]) -> Iterable[ConfigDeployment]:
    staged = {each.device_id for each in listed if each.activity is Activity.STAGED}
    slots = load_slots(service, workspace, staged)
    return (effective_config(each, slots.get(each.device_id, ConfigSlot())) for each in listed)


def newest_deployments(service: Service, workspace: str, instance_ids: Iterable[str]) -> dict[str, ConfigDeployment]:
    """Return the newest deployment of each instance that has any, as it stands, by instance."""
    uses = {each: keys.config_instance_use(workspace, each) for each in instance_ids}
    found = service.table.get_many(list(uses.values()))
    used = {each: found[key] for each, key in uses.items() if key in found}
    stored = _load_wherever(service, workspace, {(str(use["device"]), str(use["deployment"])) for use in used.values()})
    standing = {each.id: each for each in _as_they_stand(service, workspace, stored)}
    return {each: standing[str(use["deployment"])] for each, use in used.items() if use["deployment"] in standing}


def _load_wherever(service: Service, workspace: str, places: Iterable[tuple[str, str]]) -> list[ConfigDeployment]:
    """Read deployments of which is not known whether they are over: first as if none were, since none comes back."""
    live = {keys.live_config_deployment(workspace, *place): place for place in places}
    found = service.table.get_many(list(live))
    moved = [keys.archived_config_deployment(workspace, *place) for key, place in live.items() if key not in found]
    found |= service.table.get_many(moved)
    return [read_config_deployment(workspace, item) for item in found.values()]


def load_slots(service: Service, workspace: str, device_ids: Iterable[str]) -> Mapping[str, ConfigSlot]:
    """Return the config slots of some devices, by device."""
    heads = {device_id: keys.config_device(workspace, device_id) for device_id in device_ids}
    found = service.table.get_many(list(heads.values()))
    return {
        device_id: read_config_device(workspace, found[key]).slot for device_id, key in heads.items() if key in found
    }
