"""Releases, in the capital letters of the first version and without them (contract 4.3)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from mender._operations.artifacts import Artifact, ArtifactSearch
from mender._operations.common import (
    CONFLICT,
    MALFORMED,
    NO_CONTENT,
    NOT_FOUND,
    Count,
    Paging,
    Time,
    answers,
    answers_page,
)
from mender._wire_releases import ReleaseUpdate
from sluiceway.domain.tags import MOST_OF_RELEASE
from sluiceway.http.openapi import Operation, content_json
from sluiceway.usecases.delete_releases import MOST_NAMES

Tag = Annotated[str, Field(pattern="^[A-Za-z0-9_.-]{1,1024}$")]
Sort = Annotated[str, Field(pattern="^((name|modified|artifacts_count|tags)(:(asc|desc))?)?$")]


class Release(TypedDict):
    """All artifacts of one name."""

    name: str
    artifacts: list[Artifact]
    modified: Time
    artifacts_count: Count
    tags: list[str]
    notes: str


class ReleaseV1(TypedDict):
    """All artifacts of one name, as the first version shows them."""

    Name: str
    Artifacts: list[Artifact]
    Modified: Time
    ArtifactsCount: Count
    tags: list[str]
    notes: str


class ReleaseSearchV1(ArtifactSearch, total=False):
    """What a list is narrowed down to: texts are looked for anywhere, in any case; the type in full."""

    update_type: str


class ReleasePagesV1(ReleaseSearchV1, Paging, total=False):
    """The same, a page at a time."""


class ReleaseSearch(Paging, total=False):
    """A part of the name in any case, any of several tags, and the type of a payload in full."""

    name: str
    tag: list[str]
    update_type: str
    sort: Sort


class ReleaseNames(TypedDict):
    """Which releases."""

    name: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1, max_length=MOST_NAMES)]


OPERATIONS = {
    "releases.list_releases": Operation(query=ReleaseSearchV1, answers=answers(list[ReleaseV1]), refusals=(MALFORMED,)),
    "releases.list_releases_paged": Operation(
        query=ReleasePagesV1, answers=answers_page(ReleaseV1), refusals=(MALFORMED,)
    ),
    "releases.search_releases": Operation(query=ReleaseSearch, answers=answers_page(Release), refusals=(MALFORMED,)),
    "releases.get_release": Operation(answers=answers(Release), refusals=(NOT_FOUND,)),
    "releases.describe_release": Operation(
        body=content_json(ReleaseUpdate), answers={204: NO_CONTENT}, refusals=(NOT_FOUND,)
    ),
    "releases.tag_release": Operation(
        body=content_json(Annotated[list[Tag], Field(max_length=MOST_OF_RELEASE)]),
        answers={204: NO_CONTENT},
        refusals=(NOT_FOUND, CONFLICT),
    ),
    "releases.delete_releases": Operation(
        query=ReleaseNames, answers={204: NO_CONTENT}, refusals=(MALFORMED, CONFLICT)
    ),
    "releases.list_tags": Operation(answers=answers(list[str])),
    "releases.list_update_types": Operation(answers=answers(list[str])),
}
