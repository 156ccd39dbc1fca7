"""Tick of each minute: finish what a process began and did not end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sluiceway.runtime import wiring
from sluiceway.runtime.clock import now
from sluiceway.runtime.logs import logger
from sluiceway.usecases.due_work import repair_due


def handler(_event: Mapping[str, Any], _context: object) -> dict[str, int]:
    """Return how many pieces of work were finished."""
    repaired = repair_due(wiring.service(), now())
    if repaired:
        logger.info("repaired due work", pieces=repaired)
    return {"repaired": repaired}
