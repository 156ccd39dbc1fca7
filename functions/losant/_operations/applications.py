"""The application that a token is of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from losant._operations.common import FORBIDDEN, MALFORMED, AnyId, Count, Id, NamedQuery, Page, Resource, Time, answers
from sluiceway.http.openapi import Operation


class SummaryQuery(TypedDict, total=False):
    """What to count."""

    summaryInclude: Annotated[str, Field(description="Which members the summary is to have, with commas between.")]


class ListQuery(NamedQuery, SummaryQuery, TypedDict, total=False):
    """Which page of applications, and what to count in each."""


class Summary(TypedDict, total=False):
    """How much there is of what was to be counted."""

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
    "applications.list_applications": Operation(query=ListQuery, answers=answers(Applications), refusals=(MALFORMED,)),
    "applications.get_application": Operation(
        path={"applicationId": AnyId}, query=SummaryQuery, answers=answers(Application)
    ),
    "applications.create_application": Operation(answers={}, refusals=(FORBIDDEN,)),
}
