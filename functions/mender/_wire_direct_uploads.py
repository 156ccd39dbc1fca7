"""Direct uploads as JSON, and what is announced about one (contract 4.1).

Announcing a size is our extension: above 100 MB, the answer has a link for each part instead of one.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from mender._wire_times import rfc3339
from sluiceway.domain.direct_upload import MOST_BYTES, DirectUpload
from sluiceway.domain.errors import Invalid, TooLarge
from sluiceway.http.json_body import json_value
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body
from sluiceway.usecases.direct_uploads import Invitation

MOST_HINT_BYTES = 2048


class NewUpload(WireModel):
    """Body of a request for links, when there is one."""

    size: Annotated[int, Field(ge=1, json_schema_extra={"maximum": MOST_BYTES})] | None = None


def parse_size(request: Request) -> int | None:
    """Read how many bytes are announced, None when nothing is said. Raises Invalid."""
    size = parse_body(NewUpload, request).size if request.body else None
    if size is not None and size > MOST_BYTES:
        raise Invalid("Artifact file too large")
    return size


def check_hint(request: Request) -> None:
    """Refuse a hint about the file that is not one; nothing in it is believed. Raises Invalid and TooLarge."""
    if len(request.body) > MOST_HINT_BYTES:
        raise TooLarge(f"the description of an upload has at most {MOST_HINT_BYTES} bytes")
    if request.body:
        json_value(request)


def invitation_json(invitation: Invitation) -> dict[str, Any]:
    """Render the links: `uri`, or `parts` with the number and the size of each."""
    parts = [{"number": part.number, "size": part.size, "uri": uri} for part, uri in invitation.parts]
    return {
        "id": invitation.upload.id,
        "expire": rfc3339(invitation.upload.links_expire),
        "method": "PUT",
        **({"parts": parts} if parts else {"uri": invitation.uri}),
    }


def upload_json(upload: DirectUpload) -> dict[str, str]:
    """Render what became of an upload."""
    return {"id": upload.id, "status": upload.state, **({"error": upload.error} if upload.error else {})}
