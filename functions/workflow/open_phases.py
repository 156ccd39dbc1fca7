"""Task of the rollout machine: opens the phases of a deployment whose time has come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sluiceway.runtime import wiring
from sluiceway.runtime.clock import now
from sluiceway.usecases.open_phases import open_phases


def handler(event: Mapping[str, Any], _context: object) -> dict[str, str | None]:
    """Take the machine's input and return `{"next_start"}`: when to come again, null when all phases are open."""
    coming = open_phases(wiring.service(), event["workspace"], event["deployment_id"], now())
    return {"next_start": None if coming is None else coming.isoformat().replace("+00:00", "Z")}
