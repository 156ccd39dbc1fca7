"""Task of the rollout machine: looks once at what has become of a deployment, and does what its plan makes of that."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from sluiceway.runtime import wiring
from sluiceway.runtime.clock import now
from sluiceway.usecases.execution_looks import take_look


def handler(event: Mapping[str, Any], _context: object) -> dict[str, int | None]:
    """Take the machine's input with the `looks` so far, and return `{"seconds", "looks"}`.

    `seconds` are those until the next look; null when there is nothing left to do for this execution.
    """
    moment, looks = now(), event["looks"] + 1
    rollout = (event["workspace"], event["deployment_id"], event["generation"])
    again = take_look(wiring.service(), *rollout, moment, number=looks)
    return {"seconds": None if again is None else max(1, ceil((again - moment).total_seconds())), "looks": looks}
