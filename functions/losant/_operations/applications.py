"""The application that a token is of."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from losant._operations.common import FORBIDDEN, MALFORMED, AnyId, Count, Id, NamedQuery, Page, Resource, Time, answers
from sluiceway.http.openapi import Operation


class Summary(TypedDict):
    """How much of everything there is."""

    deviceCount: Count
    flowCount: Count
    keyCount: Count
    apiTokenCount: Count


class Application(Resource, TypedDict):
    """A workspace, as this dialect calls it; it belongs to nobody above it."""

    id: Id
    applicationId: Id
    name: str
    description: str
    ownerId: Id
    ownerType: Literal["organization"]
    creationDate: Time
    lastUpdated: Time
    summary: Summary


class Applications(Page, TypedDict):
    """The one application, if it passes the filter."""

    items: list[Application]


OPERATIONS = {
    "applications.list_applications": Operation(query=NamedQuery, answers=answers(Applications), refusals=(MALFORMED,)),
    "applications.get_application": Operation(path={"applicationId": AnyId}, answers=answers(Application)),
    "applications.create_application": Operation(answers={}, refusals=(FORBIDDEN,)),
}
