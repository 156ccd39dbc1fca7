"""What may be changed about an artifact (contract 2.4)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mender._wire_artifacts import MOST_DESCRIPTION_CHARACTERS
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body


class ArtifactUpdate(WireModel):
    """Body of an edit; without a description the artifact has none afterwards."""

    description: Annotated[str, Field(max_length=MOST_DESCRIPTION_CHARACTERS)] = ""


def parse_description(request: Request) -> str:
    """Read the description that an artifact is to have. Raises Invalid."""
    return parse_body(ArtifactUpdate, request).description
