"""What operators and devices are both told of slots and devices. No pydantic: part of a hot path."""

from __future__ import annotations

from datetime import datetime

from sluiceway.domain.times import rfc3339
from sluiceway.domain.workflow_device import WorkflowDevice
from sluiceway.domain.workflow_slot import Content


def content_json(content: Content | None, version: str, etag: str) -> dict[str, object]:
    """Render what is wanted, or what runs, under these names; an etag that is not known is left out (contract 2.2)."""
    known = {etag: content.etag} if content and content.etag else {}
    return {version: content.version if content else None, **known}


def connection_json(device: WorkflowDevice, now: datetime) -> dict[str, object]:
    """Render null for a device that never called, else when it last did and whether that is lately (contract 5.3)."""
    is_connected = device.is_connected(now)
    if device.last_seen is None or is_connected is None:
        return {"connected": None}
    return {"connected": int(is_connected), "time": rfc3339(device.last_seen)}
