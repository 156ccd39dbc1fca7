"""Task of the verification machine: makes an artifact of a direct upload, or keeps why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sluiceway.runtime import wiring
from sluiceway.runtime.clock import now
from sluiceway.usecases.verify_upload import verify_upload


def handler(event: Mapping[str, Any], _context: object) -> dict[str, str]:
    """Take `{"workspace", "upload_id"}` and return `{"state"}`; raise what another try may mend."""
    return {"state": verify_upload(wiring.service(), event["workspace"], event["upload_id"], now())}
