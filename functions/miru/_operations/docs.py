"""The documents themselves."""

from __future__ import annotations

from typing import Literal

from miru._operations.common import NOT_FOUND, answers
from miru._versions import Version
from sluiceway.http.openapi import Answer, Content, Operation, Shape

DocumentName: Shape = Literal[*(f"openapi-{version.value}.json" for version in Version)]


def operations(_version: Version) -> dict[str, Operation]:
    """Return the operations, which are the same in every version."""
    return {
        "docs.get_page": Operation(answers={200: Answer(Content(str, "text/html"))}),
        "docs.get_openapi": Operation(
            path={"document": DocumentName},
            answers=answers(dict[str, object]),
            refusals=(NOT_FOUND,),
        ),
    }
