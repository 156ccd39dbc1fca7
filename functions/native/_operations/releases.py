"""What operators decide about a release of configurations, which is made in the Miru dialect."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from native._operations.common import NOT_FOUND, answers
from native._wire_releases import ReleaseChangeBody
from sluiceway.http.openapi import Operation, content_json

BY_ID = {"id": str}


class ReleaseChange(ReleaseChangeBody):
    """Whether the workspace validates the deployments of a release that are made from now on."""


class Release(TypedDict):
    """A set of config schemas that belong together."""

    id: Annotated[str, Field(pattern="^rls_")]
    version: str
    custom_validation: Annotated[
        bool,
        Field(description="Whether a new deployment waits for the workspace's own verdict. Default: false."),
    ]


OPERATIONS = {
    "releases.get_release": Operation(path=BY_ID, answers=answers(Release), refusals=(NOT_FOUND,)),
    "releases.change_release": Operation(
        path=BY_ID, body=content_json(ReleaseChange), answers=answers(Release), refusals=(NOT_FOUND,)
    ),
}
