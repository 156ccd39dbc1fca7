"""Reading the multipart form of an upload (contract 2.1, 14.1)."""

from __future__ import annotations

import io
import re

from mender._wire_artifacts import MOST_DESCRIPTION_CHARACTERS
from sluiceway.domain.errors import Invalid, TooLarge
from sluiceway.http.multipart import read_parts
from sluiceway.http.parameters import is_uuid
from sluiceway.http.request import Request
from sluiceway.http.routes import MEBIBYTE
from sluiceway.usecases.upload_artifact import Upload

_EVENT_BYTES = 6 * MEBIBYTE
"""What Lambda takes as the event of one invocation."""
_HEADER_BYTES = 64 * 1024
"""More than the rest of an event needs: API Gateway takes 10 KB of headers and repeats some of them."""
MOST_BODY_BYTES = (_EVENT_BYTES - _HEADER_BYTES) // 4 * 3
"""About 4.5 MB: four characters of base64 in the event carry three bytes of the body."""
MOST_ARTIFACT_BYTES = 10 * 1024 * MEBIBYTE
DIRECT_UPLOAD = "POST /api/management/v1/deployments/artifacts/directupload"
_SIZE = re.compile(r"[0-9]{1,20}")
_TOO_LARGE = "Artifact file too large"


def parse_upload(request: Request) -> Upload:
    """Read the parts up to the artifact. Raises Invalid, and TooLarge in the contract's words."""
    if len(request.body) > MOST_BODY_BYTES:
        raise TooLarge(
            f"{_TOO_LARGE} for an upload through the API, which takes {MOST_BODY_BYTES} bytes with the form around "
            f"it: use {DIRECT_UPLOAD}"
        )
    parts = dict(read_parts(request.headers.get("content-type", ""), request.body, last="artifact"))
    if "artifact" not in parts:
        raise Invalid("request does not contain the artifact file")
    content = parts["artifact"]
    _check_size(parts.get("size"), len(content))
    return Upload(io.BytesIO(content), _description(parts.get("description")), _artifact_id(parts.get("artifact_id")))


def _check_size(stated: bytes | None, size: int) -> None:
    """Hold the file to the size that was sent before it; without one there is nothing to hold it to."""
    if stated is None:
        return
    expected = _size(stated)
    if size < expected:
        raise Invalid(f"unexpected end of the artifact file: {size} bytes where size says {expected}")
    if size > expected:
        raise TooLarge(_TOO_LARGE)


def _size(stated: bytes) -> int:
    text = stated.decode(errors="replace")
    if not _SIZE.fullmatch(text) or not int(text):
        raise Invalid("size must be a decimal integer greater than 0, of at most 20 digits")
    if int(text) > MOST_ARTIFACT_BYTES:
        raise Invalid(_TOO_LARGE)
    return int(text)


def _description(sent: bytes | None) -> str:
    try:
        description = (sent or b"").decode()
    except UnicodeDecodeError as error:
        raise Invalid("description is not UTF-8 text") from error
    if len(description) > MOST_DESCRIPTION_CHARACTERS:
        raise Invalid(f"description: the length must be no more than {MOST_DESCRIPTION_CHARACTERS}.")
    return description


def _artifact_id(sent: bytes | None) -> str | None:
    if sent is None:
        return None
    text = sent.decode(errors="replace")
    if not is_uuid(text):
        raise Invalid("artifact_id is not a valid UUID")
    return text.lower()
