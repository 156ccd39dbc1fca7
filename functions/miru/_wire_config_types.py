"""Config types as JSON, and what is asked of them (contract 5.5)."""

from __future__ import annotations

from collections.abc import Iterable

from miru._expansion import Tree
from miru._lists import Listing, filter_values
from miru._rendering import Rendering
from miru._wire_times import rfc3339
from sluiceway.domain.config_type import ConfigType
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body
from sluiceway.usecases.config_records import ListField
from sluiceway.usecases.config_records import Listing as RecordListing
from sluiceway.usecases.config_types import ConfigTypeChange, NewConfigType, get_config_types

CONFIG_TYPE: Tree = {}
"""What can be expanded in a config type."""


class NewConfigTypeBody(WireModel):
    """Which config type to make."""

    name: str
    slug: str


class ConfigTypeChangeBody(WireModel):
    """What to change."""

    name: str | None = None
    slug: str | None = None


def parse_new_type(request: Request) -> NewConfigType:
    """Read which config type to make. Raises Invalid."""
    body = parse_body(NewConfigTypeBody, request)
    return NewConfigType(body.name, body.slug)


def parse_type_change(request: Request) -> ConfigTypeChange:
    """Read what to change. Raises Invalid."""
    body = parse_body(ConfigTypeChangeBody, request)
    return ConfigTypeChange(body.name, body.slug)


def types_listing(request: Request, listing: Listing) -> RecordListing:
    """Read which config types a list is to have."""
    fields = {ListField.ID: "id", ListField.NAME: "name", ListField.SLUG: "slug"}
    return listing.records({field: filter_values(request, name) for field, name in fields.items()})


def config_type_json(rendering: Rendering, config_type: ConfigType) -> dict[str, object]:
    """Render a config type; the older versions have its schemas, which are not shown here (1.3)."""
    schemas = {} if rendering.version.is_tetons else {"config_schemas": None}
    return {
        "object": "config_type",
        "id": config_type.id,
        "name": config_type.name,
        "slug": config_type.slug,
        "created_at": rfc3339(config_type.created),
        "updated_at": rfc3339(config_type.updated),
        **schemas,
    }


def types_by_id(rendering: Rendering, type_ids: Iterable[str]) -> dict[str, dict[str, object]]:
    """Render those of some config types that exist, by id."""
    found = get_config_types(rendering.service, rendering.workspace, type_ids)
    return {type_id: config_type_json(rendering, each) for type_id, each in found.items()}
