"""What is known of devices, and their groups (contract 7)."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from mender._operations.common import (
    BY_GROUP,
    BY_ID,
    CHANGED,
    MALFORMED,
    NO_CONTENT,
    NOT_FOUND,
    Count,
    FilterTerm,
    IfMatch,
    Paging,
    Time,
    Uuid,
    answers,
    answers_page,
)
from mender._operations.devauth import Id, Status
from mender._operations.device_deployments import Attribute
from mender._wire_filters import NewFilter
from mender._wire_groups import GroupBody
from mender._wire_inventory_search import SearchBody
from sluiceway.domain.inventory_search import Scope
from sluiceway.http.openapi import Answer, Operation, content_json
from sluiceway.usecases.device_tags import MOST_TAGS
from sluiceway.usecases.groups import MOST_MOVED_AT_ONCE

_Scope = Annotated[str, Field(json_schema_extra={"enum": sorted(map(str, Scope))})]


class KnownAttribute(TypedDict):
    """Something that is known of a device."""

    name: str
    scope: _Scope
    value: str | float | list[str] | list[float]
    description: NotRequired[str]


class KnownDevice(TypedDict):
    """A device with what is known of it."""

    id: Annotated[str, Field(min_length=1)]
    updated_ts: Time
    attributes: list[KnownAttribute]


class InventoryQuery(Paging, total=False):
    """Which devices. Any other parameter is an attribute, with or without `scope/` before it, that equals a value."""

    sort: Annotated[
        str, Field(pattern="^([^:]+(:(asc|desc)?)?)?$", description="An attribute, perhaps with a direction.")
    ]
    has_group: Literal["true", "false"]
    group: str


class GroupQuery(TypedDict, total=False):
    """All groups, or those that have devices of one status."""

    status: Status


class Group(TypedDict):
    """The group of a device, null when it is in none."""

    group: str | None


class Entered(TypedDict):
    """How many devices there are of those named, and how many changed their group."""

    matched_count: Count
    updated_count: Count


class Left(TypedDict):
    """How many devices left a group."""

    updated_count: Count


class CountedAttribute(TypedDict):
    """An attribute, and how many devices have it."""

    name: str
    scope: _Scope
    count: Count


class SavedFilter(TypedDict):
    """A search that is kept under a name."""

    id: Uuid
    name: str
    terms: list[FilterTerm]


class Tier(TypedDict):
    """Devices of one tier."""

    accepted: Count
    pending: Count


class InventoryStatistics(TypedDict):
    """Devices by tier and status."""

    standard: Tier


_DEVICE_IDS = content_json(Annotated[list[Id], Field(description=f"At most {MOST_MOVED_AT_ONCE} different ones.")])
_TAGS = Operation(
    headers=IfMatch,
    body=content_json(Annotated[list[Attribute], Field(max_length=MOST_TAGS)]),
    answers={200: NO_CONTENT},
    refusals=(NOT_FOUND, CHANGED),
)

OPERATIONS = {
    "inventory.list_inventory": Operation(
        query=InventoryQuery, answers=answers_page(KnownDevice), refusals=(MALFORMED,)
    ),
    "inventory.get_inventory": Operation(answers=answers(KnownDevice, ETag=str), refusals=(NOT_FOUND,)),
    "inventory.forget_inventory": Operation(answers={204: NO_CONTENT}),
    "inventory.replace_tags": _TAGS,
    "inventory.merge_tags": _TAGS,
    "inventory.get_group": Operation(answers=answers(Group), refusals=(NOT_FOUND,)),
    "inventory.put_in_group": Operation(body=content_json(GroupBody), answers={204: NO_CONTENT}, refusals=(NOT_FOUND,)),
    "inventory.take_out_of_group": Operation(answers={204: NO_CONTENT}, refusals=(NOT_FOUND,)),
    "inventory.list_groups": Operation(query=GroupQuery, answers=answers(list[str]), refusals=(MALFORMED,)),
    "inventory.list_group_devices": Operation(query=Paging, answers=answers_page(str), refusals=(MALFORMED, NOT_FOUND)),
    "inventory.add_to_group": Operation(path=BY_GROUP, body=_DEVICE_IDS, answers=answers(Entered)),
    "inventory.remove_from_group": Operation(body=_DEVICE_IDS, answers=answers(Left)),
    "inventory.delete_group": Operation(answers=answers(Left), refusals=(MALFORMED, NOT_FOUND)),
    "inventory.list_filter_attributes": Operation(answers=answers(list[CountedAttribute]), refusals=(MALFORMED,)),
    "inventory.search_inventory": Operation(
        body=content_json(SearchBody),
        answers={200: Answer(content_json(list[KnownDevice]), {"X-Total-Count": Count})},
    ),
    "inventory.list_filters": Operation(query=Paging, answers=answers_page(SavedFilter), refusals=(MALFORMED,)),
    "inventory.create_filter": Operation(
        body=content_json(NewFilter),
        answers={201: Answer(headers={"Location": Annotated[str, Field(pattern="^filters/")]})},
    ),
    "inventory.get_filter": Operation(path=BY_ID, answers=answers(SavedFilter), refusals=(MALFORMED, NOT_FOUND)),
    "inventory.delete_filter": Operation(path=BY_ID, answers={204: NO_CONTENT}, refusals=(MALFORMED, NOT_FOUND)),
    "inventory.list_filter_devices": Operation(
        path=BY_ID, query=Paging, answers=answers_page(KnownDevice), refusals=(MALFORMED, NOT_FOUND)
    ),
    "inventory.get_statistics": Operation(answers=answers(InventoryStatistics)),
}
