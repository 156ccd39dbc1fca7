"""Task of the rollout machine: keeps the token by which whoever commands a deployment ends the machine's wait."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sluiceway.runtime import wiring
from sluiceway.usecases.execution_waits import begin_wait


def handler(event: Mapping[str, Any], _context: object) -> dict[str, bool]:
    """Take `{"workspace", "deployment_id", "generation", "token"}` and return `{"woken"}`: whether it ends at once."""
    rollout = (event["workspace"], event["deployment_id"], event["generation"])
    woken = begin_wait(wiring.service(), *rollout, event["token"])
    return {"woken": woken}
