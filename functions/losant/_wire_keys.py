"""Access keys as JSON, and what is asked of them (contract 5.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from losant._rendering import Rendering
from losant._wire import (
    LongText,
    LosantModel,
    Name,
    ObjectId,
    TagSelectorBody,
    merging,
    read_members,
    sent_members,
    write_members,
)
from losant._wire_devices import selector_json
from sluiceway.domain.access_key import AccessKey
from sluiceway.domain.errors import InvalidMembers
from sluiceway.domain.times import rfc3339
from sluiceway.domain.workflow_device import TagSelector
from sluiceway.http.request import Request
from sluiceway.http.wire import parse_body
from sluiceway.usecases.access_keys import AccessKeyChange, NewAccessKey

PLACE = "/keys"
ACTIVE, INACTIVE = "active", "inactive"
_SETTINGS = frozenset(
    {"name", "description", "filter_type", "pub_topics", "sub_topics", "address_filter_type", "addresses"}
)
Topics = list[Annotated[str, Field(min_length=1, max_length=1024)]]
SORT_FIELDS: Mapping[str, Callable[[AccessKey], str]] = {
    "name": lambda key: str(read_members(key.settings).get("name", "")),
    "key": lambda key: key.key,
    "status": lambda key: status_of(is_active=key.is_active),
    "id": lambda key: key.id,
    "creationDate": lambda key: rfc3339(key.created),
    "lastUpdated": lambda key: rfc3339(key.updated),
}
FILTER_FIELDS = ("name", "key", "status")


class NewKeyBody(LosantModel):
    """The body that makes a key: for the devices that are named, or for all."""

    name: Name | None = None
    description: LongText | None = None
    device_ids: Annotated[tuple[ObjectId, ...], Field(max_length=1000)] = ()
    device_tags: Annotated[tuple[TagSelectorBody, ...], Field(max_length=100)] = ()
    filter_type: Literal["all", "whitelist", "blacklist", "none"] | None = None
    pub_topics: Topics | None = None
    sub_topics: Topics | None = None
    address_filter_type: Literal["all", "whitelist", "blacklist"] | None = None
    addresses: Annotated[list[Annotated[str, Field(max_length=48)]], Field(max_length=100)] | None = None


class KeyPatchBody(NewKeyBody):
    """The body that changes a key: what is absent stays."""

    status: Literal["active", "inactive"] = "active"


BodyT = TypeVar("BodyT", bound=NewKeyBody)


def parse_new_key(request: Request) -> NewAccessKey:
    """Read which key to make; without a body, one for all devices. Raises Invalid."""
    body = _parse(NewKeyBody, request)
    settings = write_members(sent_members(body, _SETTINGS))
    return NewAccessKey(frozenset(body.device_ids), _selectors(body), settings)


def parse_key_change(request: Request) -> AccessKeyChange:
    """Read what to change of a key. Raises Invalid."""
    body = _parse(KeyPatchBody, request)
    sent = body.model_fields_set
    return AccessKeyChange(
        is_active=body.status == ACTIVE if "status" in sent else None,
        device_ids=frozenset(body.device_ids) if "device_ids" in sent else None,
        device_tags=_selectors(body) if "device_tags" in sent else None,
        settings=merging(sent_members(body, _SETTINGS)),
    )


def _parse(model: type[BodyT], request: Request) -> BodyT:
    return parse_body(model, request) if request.body else model()


def _selectors(body: NewKeyBody) -> tuple[TagSelector, ...]:
    selectors = tuple(tag.selector() for tag in body.device_tags)
    if TagSelector() in selectors:
        raise InvalidMembers([("deviceTags", "a tag has a key, a value, or both")])
    return selectors


def key_json(rendering: Rendering, key: AccessKey) -> dict[str, object]:
    """Render a key, whose secret nobody can read again."""
    content: dict[str, object] = {
        "id": key.id,
        "applicationKeyId": key.id,
        "applicationId": rendering.application_id,
        "key": key.key,
        "status": status_of(is_active=key.is_active),
        "deviceIds": sorted(key.device_ids),
        "deviceTags": [selector_json(selector) for selector in key.device_tags],
        "creationDate": rfc3339(key.created),
        "lastUpdated": rfc3339(key.updated),
        **read_members(key.settings),
    }
    return rendering.resource("applicationKey", content, f"{PLACE}/{key.id}", applicationKeys=PLACE)


def status_of(*, is_active: bool) -> str:
    """Return the dialect's word."""
    return ACTIVE if is_active else INACTIVE
