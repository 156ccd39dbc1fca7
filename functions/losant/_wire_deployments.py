"""Edge deployments as JSON, and what is asked of them (contract 2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import Field

from losant._ids import query_id
from losant._lists import Listing, parse_listing
from losant._rendering import Rendering
from losant._wire import LosantModel, Name, ObjectId, TagSelectorBody
from losant._wire_slots import connection_json, content_json
from sluiceway.domain.errors import InvalidMembers
from sluiceway.domain.times import rfc3339
from sluiceway.domain.workflow import MOST_NAME_CHARACTERS
from sluiceway.domain.workflow_operation import Removal
from sluiceway.domain.workflow_slot import Actor, Attempt, Content, LogEntry
from sluiceway.http.json_body import json_object
from sluiceway.http.request import Request
from sluiceway.http.response import as_json
from sluiceway.http.wire import parse_body
from sluiceway.usecases.assign_workflows import Assignment, Selection
from sluiceway.usecases.workflow_slots import ShownSlot, SlotField, SlotListing

INITIATED = as_json({"success": True}, 201)
"""What a write that took hold answers; newer clients document 202 and take either (contract 0)."""
PLACE = "/edge/deployments"
SORT_FIELDS = {
    "id": SlotField.ID,
    "deviceId": SlotField.DEVICE,
    "flowId": SlotField.WORKFLOW,
    "desiredVersion": SlotField.DESIRED,
    "currentVersion": SlotField.CURRENT,
    "creationDate": SlotField.CREATED,
    "lastUpdated": SlotField.UPDATED,
}
MOST_DEVICE_IDS = 1000
MOST_TAGS = 100
MOST_FLOWS = 25
_ACTORS = {Actor.USER: "user", Actor.TOKEN: "apiToken", Actor.DEVICE: "device"}
_WORDS = {"": False, "false": False, "0": False, "true": True, "1": True}
_UNSUPPORTED_QUERY = "is not supported: name the devices by deviceIds or by deviceTags"


class _Selectors(LosantModel):
    """Which devices are meant: all of these together."""

    device_ids: Annotated[tuple[ObjectId, ...], Field(max_length=MOST_DEVICE_IDS)] = ()
    device_tags: Annotated[tuple[TagSelectorBody, ...], Field(max_length=MOST_TAGS)] = ()

    def selection(self) -> Selection:
        """Return the devices that are meant. Raises Invalid when that is nobody or everybody."""
        tags = tuple(tag.selector() for tag in self.device_tags)
        return Selection(frozenset(self.device_ids), tags)


class FlowVersionBody(LosantModel):
    """A version of a flow; null stands for none of it."""

    flow_id: ObjectId
    version: Name | None


class ReleaseBody(_Selectors):
    """The body that puts one version on devices, or takes a flow off them."""

    flow_id: ObjectId
    version: Name | None


class ReleasesBody(_Selectors):
    """The body that does so for several flows at once."""

    deployments: Annotated[list[FlowVersionBody], Field(min_length=1, max_length=MOST_FLOWS)]


class RemovalBody(LosantModel):
    """The body that takes a flow off devices, all flows off a device, or one off the other."""

    flow_id: ObjectId | None
    device_id: ObjectId | None


class ReplacementBody(LosantModel):
    """The body that puts another version, or none, wherever one is wanted."""

    flow_id: ObjectId
    old_version: Name
    new_version: Name | None


def parse_slots(request: Request) -> tuple[Listing, SlotListing]:
    """Read which deployments to list. Raises InvalidMembers."""
    listing = parse_listing(request, [*SORT_FIELDS], default="lastUpdated")
    version = request.query_value("version") or None
    if version and len(version) > MOST_NAME_CHARACTERS:
        raise InvalidMembers([("version", f"must have at most {MOST_NAME_CHARACTERS} characters")])
    return listing, SlotListing(
        device_id=query_id(request, "deviceId"),
        workflow_id=query_id(request, "flowId"),
        version=version,
        hides_empty=query_flag(request, "filterEmpty"),
        field=SORT_FIELDS[listing.sort_field],
        descending=listing.is_descending,
        offset=listing.offset,
        limit=listing.per_page,
    )


def query_flag(request: Request, name: str) -> bool:
    """Read a flag in the spellings of all clients, off when there is none. Raises InvalidMembers."""
    given = (request.query_value(name) or "").lower()
    if given not in _WORDS:
        raise InvalidMembers([(name, "must be true or false")])
    return _WORDS[given]


def parse_release(request: Request) -> Assignment:
    """Read what to put on which devices. Raises Invalid."""
    body = json_object(request)
    if "deviceQuery" in body:
        raise InvalidMembers([("deviceQuery", _UNSUPPORTED_QUERY)])
    if "deployments" in body:
        several = parse_body(ReleasesBody, request)
        return Assignment(_versions(several.deployments), several.selection())
    one = parse_body(ReleaseBody, request)
    return Assignment({one.flow_id: one.version}, one.selection())


def parse_removal(request: Request) -> Removal:
    """Read what to take off which devices. Raises Invalid."""
    body = parse_body(RemovalBody, request)
    return Removal(body.flow_id, body.device_id)


def _versions(entries: Iterable[FlowVersionBody]) -> dict[str, str | None]:
    versions: dict[str, str | None] = {}
    for number, entry in enumerate(entries):
        if entry.flow_id in versions:
            raise InvalidMembers([(f"deployments.{number}.flowId", "names a flow that an earlier entry names")])
        versions[entry.flow_id] = entry.version
    return versions


def deployment_json(rendering: Rendering, shown: ShownSlot, now: datetime) -> dict[str, object]:
    """Render a record: both versions and the log are always there, an etag is never null (contract 2.2)."""
    slot = shown.slot
    content: dict[str, object] = {
        "id": slot.id,
        "edgeDeploymentId": slot.id,
        "applicationId": rendering.application_id,
        "deviceId": slot.device_id,
        "deviceName": shown.device.name,
        "deviceConnectionInfo": connection_json(shown.device, now),
        "flowId": slot.workflow_id,
        "flowName": shown.workflow.name,
        "flowClass": str(shown.workflow.workflow_class),
        "creationDate": rfc3339(slot.created),
        "lastUpdated": rfc3339(slot.updated),
        **content_json(slot.current, "currentVersion", "currentEtag"),
        **content_json(slot.desired, "desiredVersion", "desiredEtag"),
        "logs": [_entry_json(entry) for entry in shown.log],
    }
    places = {
        "edgeDeployments": PLACE,
        "device": f"/devices/{slot.device_id}",
        "flow": f"/flows/{slot.workflow_id}",
    }
    return rendering.resource("edgeDeployment", content, f"{PLACE}/{slot.id}", **places)


def _entry_json(entry: LogEntry) -> dict[str, object]:
    return {
        "date": rfc3339(entry.date),
        "changeType": str(entry.side),
        "sourceType": _ACTORS[entry.source.actor],
        "sourceId": entry.source.id,
        **content_json(entry.previous, "previousValue", "previousEtag"),
        **content_json(entry.new, "newValue", "newEtag"),
        **(_attempt_json(entry.attempt) if entry.attempt else {}),
    }


def _attempt_json(attempt: Attempt) -> dict[str, object]:
    tried = Content(attempt.version, attempt.etag) if attempt.version else None
    return {**content_json(tried, "attemptedValue", "attemptedEtag"), "error": attempt.error}
