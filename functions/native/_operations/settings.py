"""What a workspace decides about the other surfaces."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from native._operations.common import answers
from native._wire_settings import SettingsChangeBody
from sluiceway.domain.workspace_settings import HeaderlessDialect
from sluiceway.http.openapi import Operation, content_json


class SettingsChange(SettingsChangeBody):
    """What to change: a member that is absent stays, one that is null has its default again."""


class Settings(TypedDict):
    """All settings of a workspace."""

    headerless_dialect: Annotated[
        HeaderlessDialect, Field(description="What Miru callers speak who name no version. Default: approvals.")
    ]
    validation_timeout_seconds: Annotated[
        int | None,
        Field(
            description=(
                "How long Miru deployments that are made from now on wait for their validation; they are void within a "
                "minute after it. Default: null, ever."
            )
        ),
    ]


OPERATIONS = {
    "settings.get_settings": Operation(answers=answers(Settings)),
    "settings.change_settings": Operation(body=content_json(SettingsChange), answers=answers(Settings)),
}
