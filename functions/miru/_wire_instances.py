"""Config instances as JSON, and what is asked of them (contract 5.7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import Field

from miru._expansion import NOTHING, Tree, per_version
from miru._lists import Listing, filter_values, filter_words, passes
from miru._records import instance_record
from miru._rendering import Rendering
from miru._wire_config_schemas import CONFIG_SCHEMA, schemas_by_id
from miru._wire_config_types import CONFIG_TYPE, types_by_id
from miru._wire_devices import devices_by_id
from miru._wire_times import rfc3339
from sluiceway.domain.config_deployment import Activity, ConfigDeployment, Target, Trouble
from sluiceway.domain.config_instance import MOST_CONTENT_BYTES, ConfigInstance, ContentFormat
from sluiceway.domain.errors import InvalidMembers
from sluiceway.domain.strict_json import MOST_DIGITS, read_wide_json
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body
from sluiceway.usecases.config_instances import get_config_instances, list_config_instances, load_contents
from sluiceway.usecases.config_lists import find_config_deployments, newest_deployments
from sluiceway.usecases.config_records import MOST_LISTED, ListField
from sluiceway.usecases.create_config_instances import NewConfigInstance

INSTANCE = per_version(
    lambda version: {
        "content": {},
        "config_schema": CONFIG_SCHEMA[version],
        "config_type": CONFIG_TYPE,
        **({} if version.is_tetons else {"device": {}}),
    }
)
"""What can be expanded in an instance; in the newest version it is of no device."""


class ContentBody(WireModel):
    """Content exactly as it is to be kept: how its numbers are spelled matters to some readers."""

    format: Annotated[ContentFormat, Field(strict=False)]
    data: Annotated[str, Field(description=f"At most {MOST_CONTENT_BYTES} bytes, its numbers of {MOST_DIGITS} digits.")]


class NewInstanceBody(WireModel):
    """Which instance to make, in the one slot that its schema has where a newer client names it."""

    config_schema_id: str
    content: ContentBody
    slot_key: Literal["default"] | None = None


class InstanceWord(StrEnum):
    """What the older versions say of an instance: where its newest deployment left it (contract 5.7)."""

    CREATED = "created"
    QUEUED = "queued"
    DEPLOYED = "deployed"
    REMOVED = "removed"


TARGET_WORDS = frozenset({InstanceWord.CREATED, InstanceWord.DEPLOYED, InstanceWord.REMOVED})
_TARGETS = {
    Target.STAGED: InstanceWord.CREATED,
    Target.DEPLOYED: InstanceWord.DEPLOYED,
    Target.ARCHIVED: InstanceWord.REMOVED,
}
_ACTIVITIES = {
    Activity.VALIDATING: InstanceWord.CREATED,
    Activity.STAGED: InstanceWord.CREATED,
    Activity.DRIFTED: InstanceWord.CREATED,
    Activity.QUEUED: InstanceWord.QUEUED,
    Activity.DEPLOYED: InstanceWord.DEPLOYED,
    Activity.REMOVING: InstanceWord.DEPLOYED,
    Activity.ARCHIVED: InstanceWord.REMOVED,
}


@dataclass(frozen=True, slots=True)
class _Standing:
    """What the older versions say of an instance beside its content."""

    target: InstanceWord = InstanceWord.CREATED
    activity: InstanceWord = InstanceWord.CREATED
    error: Trouble = Trouble.NONE
    device_id: str = ""
    updated: datetime | None = None

    @staticmethod
    def of(deployment: ConfigDeployment | None) -> _Standing:
        """Return where its newest deployment, if there is any, left an instance."""
        if deployment is None:
            return _Standing()
        target, activity = _TARGETS[deployment.target], _ACTIVITIES[deployment.activity]
        return _Standing(target, activity, deployment.error, deployment.device_id, deployment.updated)


def parse_new_instance(request: Request) -> NewConfigInstance:
    """Read which instance to make. Raises Invalid."""
    body = parse_body(NewInstanceBody, request)
    return NewConfigInstance(body.config_schema_id, body.content.data, body.content.format)


def content_headers(request: Request, instance: ConfigInstance) -> dict[str, str]:
    """Return how the content is to be taken: `inline`, or as an `attachment` with the name of its file. Raises Invalid.

    A name is written as RFC 6266 has it.
    """
    given = request.query_value("disposition") or "inline"
    if given not in {"inline", "attachment"}:
        raise InvalidMembers([("disposition", f"{given} is neither inline nor attachment")])
    name = quote(instance.filepath.rpartition("/")[2])
    is_attachment = given == "attachment"
    return {"content-disposition": f"attachment; filename*=UTF-8''{name}" if is_attachment else "inline"}


def find_instances(rendering: Rendering, request: Request, listing: Listing) -> tuple[Sequence[ConfigInstance], int]:
    """Return the part of the instances that is asked for, and how many there are. Raises Invalid.

    The older versions filter by where the newest deployment of each left it, which takes reading all that may be meant.
    """
    fields = {ListField.ID: "id", ListField.SCHEMA_ID: "config_schema_id", ListField.TYPE_ID: "config_type_id"}
    filters = {field: filter_values(request, name) for field, name in fields.items()}
    if filters[ListField.ID] is None and not rendering.version.is_tetons:
        filters[ListField.ID] = _ids_on_devices(rendering, request)
    records = listing.records(filters)
    is_wanted = None if rendering.version.is_tetons else _wanted_standings(request)
    if is_wanted is None:
        page = list_config_instances(rendering.service, rendering.workspace, records)
        return page.records, page.total
    everything = replace(records, offset=0, limit=MOST_LISTED, is_counted=True)
    found = list_config_instances(rendering.service, rendering.workspace, everything).records
    standings = _standings(rendering, [instance.id for instance in found])
    return listing.page([instance for instance in found if is_wanted(standings[instance.id])])


def _ids_on_devices(rendering: Rendering, request: Request) -> frozenset[str] | None:
    """Return the ids of what was ever deployed to the devices that are filtered by; None when none are."""
    device_ids = filter_values(request, "device_id")
    if device_ids is None:
        return None
    deployments = find_config_deployments(rendering.service, rendering.workspace, device_ids=device_ids)
    return frozenset(instance_id for each in deployments for instance_id in each.instance_ids)


def _wanted_standings(request: Request) -> Callable[[_Standing], bool] | None:
    """Read what the older versions filter by besides; None when that is nothing. Raises Invalid for unknown words."""
    devices = filter_values(request, "device_id")
    targets = filter_words(request, "target_status", TARGET_WORDS)
    activities = filter_words(request, "activity_status", frozenset(InstanceWord))
    errors = filter_words(request, "error_status", frozenset(Trouble))
    if all(sent is None for sent in (devices, targets, activities, errors)):
        return None

    def is_wanted(standing: _Standing) -> bool:
        return (
            passes(devices, standing.device_id)
            and passes(targets, standing.target)
            and passes(activities, standing.activity)
            and passes(errors, standing.error)
        )

    return is_wanted


def instances_json(
    rendering: Rendering, instances: Sequence[ConfigInstance], expansions: Tree
) -> list[dict[str, object]]:
    """Render instances, and read each kind of relation once for all of them."""
    related = _Related.read(rendering, instances, expansions)
    render = _instance_json if rendering.version.is_tetons else _older_instance_json
    return [render(rendering, instance, expansions, related) for instance in instances]


def instances_by_id(
    rendering: Rendering, instance_ids: Iterable[str], expansions: Tree
) -> dict[str, dict[str, object]]:
    """Render those of some instances that exist, by id."""
    found = get_config_instances(rendering.service, rendering.workspace, instance_ids)
    return dict(zip(found, instances_json(rendering, list(found.values()), expansions), strict=True))


@dataclass(frozen=True, slots=True)
class _Related:
    """What instances refer to, rendered, by id."""

    types: Mapping[str, Mapping[str, object]]
    schemas: Mapping[str, object]
    contents: Mapping[str, str]
    standings: Mapping[str, _Standing]
    devices: Mapping[str, object]

    @staticmethod
    def read(rendering: Rendering, instances: Sequence[ConfigInstance], expansions: Tree) -> _Related:
        """Read what is expanded, the names of types in the newest version, and where the others stand in the older."""
        is_tetons, ids = rendering.version.is_tetons, [instance.id for instance in instances]
        types = {each.type_id for each in instances if is_tetons or "config_type" in expansions}
        schemas = {each.schema_id for each in instances if "config_schema" in expansions}
        standings = {} if is_tetons else _standings(rendering, ids)
        devices = {each.device_id for each in standings.values() if "device" in expansions}
        return _Related(
            types_by_id(rendering, types),
            schemas_by_id(rendering, schemas, expansions.get("config_schema", NOTHING)),
            load_contents(rendering.service, rendering.workspace, ids if "content" in expansions else []),
            standings,
            devices_by_id(rendering, devices - {""}),
        )


def _standings(rendering: Rendering, instance_ids: Sequence[str]) -> dict[str, _Standing]:
    newest = newest_deployments(rendering.service, rendering.workspace, instance_ids)
    return {each: _Standing.of(newest.get(each)) for each in instance_ids}


def _instance_json(
    rendering: Rendering, instance: ConfigInstance, expansions: Tree, related: _Related
) -> dict[str, object]:
    return {
        **instance_record(instance, related.types[instance.type_id]["name"]),
        **rendering.relation(
            expansions, "content", lambda: {"format": str(instance.format), "data": related.contents[instance.id]}
        ),
        **rendering.relation(expansions, "config_schema", lambda: related.schemas[instance.schema_id]),
        **rendering.relation(expansions, "config_type", lambda: related.types[instance.type_id]),
    }


def _older_instance_json(
    rendering: Rendering, instance: ConfigInstance, expansions: Tree, related: _Related
) -> dict[str, object]:
    standing = related.standings[instance.id]
    return {
        "object": "config_instance",
        "id": instance.id,
        "target_status": str(standing.target),
        "activity_status": str(standing.activity),
        "error_status": str(standing.error),
        "status": str(standing.activity if standing.error is Trouble.NONE else standing.error),
        "relative_filepath": instance.relative_filepath or instance.filepath,
        "created_at": rfc3339(instance.created),
        "updated_at": rfc3339(standing.updated or instance.created),
        "device_id": standing.device_id,
        "config_schema_id": instance.schema_id,
        "config_type_id": instance.type_id,
        **rendering.relation(expansions, "device", lambda: related.devices.get(standing.device_id)),
        **rendering.relation(expansions, "config_schema", lambda: related.schemas[instance.schema_id]),
        **rendering.relation(expansions, "config_type", lambda: related.types[instance.type_id]),
        **rendering.relation(expansions, "content", lambda: read_wide_json(related.contents[instance.id])),
    }
