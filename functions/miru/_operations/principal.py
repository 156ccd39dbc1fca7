"""Who is calling."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from miru._operations.common import answers
from miru._versions import Version
from sluiceway.http.openapi import Operation


class Principal(TypedDict):
    """The API key that was shown."""

    object: Literal["principal"]
    id: Annotated[str, Field(pattern="^api_key_")]
    name: str


def operations(_version: Version) -> dict[str, Operation]:
    """Return the operations, which are the same in every version."""
    return {"principal.get_principal": Operation(answers=answers(Principal))}
