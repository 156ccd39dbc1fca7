"""Reading config instances and their content (miru contract 5.7, 8.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sluiceway.domain.config_instance import ConfigInstance
from sluiceway.domain.config_kinds import ConfigKind
from sluiceway.domain.errors import NoSuchRecord
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.storage.config_instance_items import read_config_instance
from sluiceway.usecases.config_bodies import load_bodies
from sluiceway.usecases.config_records import Listed, Listing, find_records, list_records, load_record
from sluiceway.usecases.service import Service


def get_config_instance(service: Service, workspace: str, instance_id: str) -> ConfigInstance:
    """Read one instance. Raises NotFound."""
    return read_config_instance(workspace, load_record(service, workspace, ConfigKind.INSTANCE, instance_id))


def get_config_instances(service: Service, workspace: str, instance_ids: Iterable[str]) -> dict[str, ConfigInstance]:
    """Read the instances with these ids that exist, by id, in one batch."""
    found = find_records(service, workspace, ConfigKind.INSTANCE, instance_ids)
    return {instance_id: read_config_instance(workspace, item) for instance_id, item in found.items()}


def list_config_instances(service: Service, workspace: str, listing: Listing) -> Listed[ConfigInstance]:
    """Read a page of the list of instances, by ID, SCHEMA_ID and TYPE_ID. Raises Invalid above MOST_LISTED."""
    page = list_records(service, workspace, ConfigKind.INSTANCE, listing)
    return Listed(tuple(read_config_instance(workspace, item) for item in page.records), page.total)


def load_contents(service: Service, workspace: str, instance_ids: Iterable[str]) -> Mapping[str, str]:
    """Read the content of instances that exist, by instance, exactly as it was given, in one batch."""
    return load_bodies(service, workspace, ConfigKind.INSTANCE, instance_ids)


def get_content(service: Service, workspace: str, instance_id: str) -> str:
    """Read the content of one instance, exactly as it was given. Raises NotFound."""
    found = load_contents(service, workspace, [instance_id]) if is_possible_id(instance_id) else {}
    if instance_id not in found:
        raise NoSuchRecord(ConfigKind.INSTANCE, instance_id)
    return found[instance_id]
