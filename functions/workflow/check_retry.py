"""Task of the retry machine: tells whether the attempt that was waited for is still to come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sluiceway.runtime import wiring
from sluiceway.usecases.check_retry import Retry, is_still_due


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Take the machine's input and return `{"due", "detail"}`; the detail is what the announcement says."""
    retry = Retry(
        workspace=event["workspace"],
        deployment_id=event["deployment_id"],
        device_id=event["device_id"],
        order=event["order"],
        attempt=event["attempt"],
    )
    detail = {name: event[name] for name in ("workspace", "deployment_id", "device_id", "attempt")}
    return {"due": is_still_due(wiring.service(), retry), "detail": detail}
