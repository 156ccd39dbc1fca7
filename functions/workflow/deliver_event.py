"""Task of the delivery machine: makes one attempt to tell an event to the endpoints of its workspace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sluiceway.domain.times import rfc3339
from sluiceway.runtime import wiring
from sluiceway.runtime.clock import now
from sluiceway.usecases.deliver_event import Attempt, deliver_event


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Take `{"workspace", "order", "generation", "attempt"}`, and return the same for the next attempt.

    Beside it, `next_attempt` is when that may begin, null when there is none; `delivery` is how far it is, `problems`
    what went wrong, by endpoint.
    """
    attempt = Attempt(event["workspace"], event["order"], event["generation"], event["attempt"])
    told = deliver_event(wiring.service(), attempt, now())
    is_mine = told.generation == attempt.generation
    return {
        "workspace": attempt.workspace,
        "order": attempt.order,
        "generation": attempt.generation,
        "attempt": told.attempts,
        "next_attempt": rfc3339(told.next_attempt) if is_mine and told.next_attempt else None,
        "delivery": told.delivery,
        "problems": dict(told.problems),
    }
