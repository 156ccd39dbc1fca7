"""Task of the verification machine: ends a direct upload that every try has failed to verify."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sluiceway.runtime import wiring
from sluiceway.usecases.direct_uploads import NOT_VERIFIED, abort_upload, load_upload


def handler(event: Mapping[str, Any], _context: object) -> dict[str, str]:
    """Take `{"workspace", "upload_id"}` and return `{"state"}`."""
    service, workspace, upload_id = wiring.service(), event["workspace"], event["upload_id"]
    abort_upload(service, workspace, upload_id, NOT_VERIFIED)
    return {"state": load_upload(service, workspace, upload_id).state}
