"""The access keys that devices log in with."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from losant._operations.common import (
    MALFORMED,
    AnyId,
    Id,
    Page,
    PageQuery,
    Resource,
    Success,
    Time,
    answers,
    answers_secret,
)
from losant._wire_keys import KeyPatchBody, NewKeyBody
from sluiceway.http.openapi import Operation, content_json

BY_ID = {"applicationId": AnyId, "applicationKeyId": AnyId}
BY_APPLICATION = {"applicationId": AnyId}


class KeysQuery(PageQuery, TypedDict, total=False):
    """Which keys to list."""

    sortField: Literal["name", "key", "status", "id", "creationDate", "lastUpdated"]
    filterField: Literal["name", "key", "status"]
    filter: Annotated[str, Field(description="A glob, with `*` and `?`.")]


class TagSelector(TypedDict):
    """Which tags are meant."""

    key: NotRequired[str]
    value: NotRequired[str]


class ApplicationKey(Resource, TypedDict):
    """A key; topics and addresses are kept for clients, and nothing here heeds them.

    In a list what the page names as `omitted` is left out; a key by itself always says for which devices it is.
    """

    id: Id
    applicationKeyId: Id
    applicationId: Id
    key: str
    status: Literal["active", "inactive"]
    deviceIds: NotRequired[list[Id]]
    deviceTags: NotRequired[list[TagSelector]]
    creationDate: Time
    lastUpdated: Time
    name: NotRequired[str]
    description: NotRequired[str]
    filterType: NotRequired[str]
    pubTopics: NotRequired[list[str]]
    subTopics: NotRequired[list[str]]
    addressFilterType: NotRequired[str]
    addresses: NotRequired[list[str]]


class ShownApplicationKey(ApplicationKey, TypedDict):
    """A key that was just made: nobody can read its secret again."""

    secret: str


class ApplicationKeys(Page, TypedDict):
    """A page of keys."""

    items: list[ApplicationKey]


class NewKey(NewKeyBody):
    """Which key to make: for the devices of the ids and with the tags, for all when there are neither."""


class KeyPatch(KeyPatchBody):
    """What to change: a member that is absent stays."""


OPERATIONS = {
    "keys.create_key": Operation(
        path=BY_APPLICATION,
        body=content_json(NewKey),
        body_required=False,
        answers=answers_secret(ShownApplicationKey),
    ),
    "keys.list_keys": Operation(
        path=BY_APPLICATION, query=KeysQuery, answers=answers(ApplicationKeys), refusals=(MALFORMED,)
    ),
    "keys.get_key": Operation(path=BY_ID, answers=answers(ApplicationKey)),
    "keys.update_key": Operation(
        path=BY_ID, body=content_json(KeyPatch), body_required=False, answers=answers(ApplicationKey)
    ),
    "keys.delete_key": Operation(path=BY_ID, answers=answers(Success)),
}
