"""Config types (miru contract 5.5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sluiceway.domain.config_kinds import ConfigKind
from sluiceway.domain.config_type import ConfigType, check_slug, check_type_name
from sluiceway.domain.errors import InvalidField, SlugTaken
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.config_type_items import changed_config_type, new_config_type, read_config_type
from sluiceway.storage.table import Write
from sluiceway.usecases.config_records import Listed, Listing, find_records, list_records, load_record
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class NewConfigType:
    """What to make."""

    name: str
    slug: str


@dataclass(frozen=True, slots=True)
class ConfigTypeChange:
    """What to change; None stays. A slug may be repeated, and not changed."""

    name: str | None = None
    slug: str | None = None


def create_config_type(service: Service, workspace: str, new: NewConfigType, now: datetime) -> ConfigType:
    """Make a config type. Raises InvalidField, and SlugTaken."""
    type_id = ConfigKind.TYPE.make_id(service.new_id())
    made = ConfigType(workspace, type_id, check_type_name(new.name), check_slug(new.slug), now, now)

    def plan() -> tuple[ConfigType, list[Write]]:
        if service.table.get(keys.config_type_slug(workspace, made.slug)):
            raise SlugTaken(made.slug)
        return made, new_config_type(made)

    return commit(service.table, plan)


def update_config_type(
    service: Service, workspace: str, type_id: str, change: ConfigTypeChange, now: datetime
) -> ConfigType:
    """Change a config type, and return it as it is then. Raises NotFound, and InvalidField for another slug."""

    def plan() -> tuple[ConfigType, list[Write]]:
        before = get_config_type(service, workspace, type_id)
        if change.slug not in {None, before.slug}:
            raise InvalidField("slug", "cannot be changed")
        if change.name in {None, before.name}:
            return before, []
        after = before.renamed(str(change.name), now)
        return after, changed_config_type(before, after)

    return commit(service.table, plan)


def get_config_type(service: Service, workspace: str, type_id: str) -> ConfigType:
    """Read one config type. Raises NotFound."""
    return read_config_type(workspace, load_record(service, workspace, ConfigKind.TYPE, type_id))


def get_config_types(service: Service, workspace: str, type_ids: Iterable[str]) -> dict[str, ConfigType]:
    """Read the config types with these ids that exist, by id, in one batch."""
    found = find_records(service, workspace, ConfigKind.TYPE, type_ids)
    return {type_id: read_config_type(workspace, item) for type_id, item in found.items()}


def list_config_types(service: Service, workspace: str, listing: Listing) -> Listed[ConfigType]:
    """Read a page of the list of config types, by ID, NAME and SLUG. Raises Invalid above MOST_LISTED."""
    page = list_records(service, workspace, ConfigKind.TYPE, listing)
    return Listed(tuple(read_config_type(workspace, item) for item in page.records), page.total)
