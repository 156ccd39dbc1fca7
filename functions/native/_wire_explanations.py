"""Why a device is not offered a deployment, as JSON: each rule with a stable code and a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sluiceway.domain.holds import Hold, Reason
from sluiceway.domain.times import rfc3339
from sluiceway.usecases.explain import Explanation

SENTENCES: Mapping[Reason, str] = {
    Reason.FINISHED: "The deployment has finished.",
    Reason.ABORTED: "The deployment was aborted.",
    Reason.NOT_A_TARGET: "The device is not among those that the deployment goes to.",
    Reason.BEING_PREPARED: "The deployment is to the device, and the list of its devices is still being written.",
    Reason.NOT_ACCEPTED: "The device is not accepted, or was removed, so it takes part in nothing.",
    Reason.SUPERSEDED: "Something newer, or more urgent, was given to the device.",
    Reason.PART_ENDED: (
        "The device has ended its part in the deployment and is not offered it again, after a time-out not even with "
        "attempts left: another deployment to it is a new try."
    ),
    Reason.NEWER_ENDED: "The device has ended its part in a newer deployment, and is offered no older one after that.",
    Reason.WAITS_FOR_ANOTHER: "Another deployment goes first: `ahead` says which.",
    Reason.HAS_NEWER: (
        "The device keeps what it has: it is newer than this deployment, or than what that rolls back, or it was given "
        "that back already."
    ),
    Reason.AWAITS_VERDICT: "What the device was given waits for the verdict of the workspace's own validation.",
    Reason.NOT_STARTED: "The start of the plan has yet to come.",
    Reason.ENDED: "The plan has ended, and nobody is let in any more.",
    Reason.PAUSED: "The deployment is paused; an operator can resume it.",
    Reason.PHASE_NOT_OPEN: "The phase of the device is not open yet: its start, or the gate before it, holds it.",
    Reason.OUTSIDE_WINDOW: "It is outside of the maintenance windows, in the time zone of the device.",
    Reason.RETRY_LATER: "An attempt has failed, and the wait before the next one is not over.",
    Reason.FULL: "As many devices as the plan allows at most were let in.",
    Reason.PHASE_FULL: "The phases that are open have let in as many devices as they take.",
    Reason.PACE_REACHED: "As many devices as the pace of the plan allows so far were let in.",
    Reason.IN_FLIGHT_REACHED: "As many devices as the plan allows at once are working on it.",
    Reason.NO_MATCHING_ARTIFACT: "No artifact of the release is for the type of the device.",
    Reason.READS_NO_MAPS: "The control map of the deployment halts devices, and this one reads no control maps.",
}
"""One for each code, in the order in which the rules are looked at."""
OFFERED = "The deployment was offered to the device, which has yet to report."
READY = "Nothing keeps the device back: it is offered the deployment when it asks next."


def explanation_json(explanation: Explanation) -> dict[str, Any]:
    """Render every rule, and the first that keeps the device back."""
    first = next(iter(explanation.holds), None)
    return {
        "deployment_id": explanation.deployment_id,
        "device_id": explanation.device_id,
        "status": str(explanation.status) if explanation.status else None,
        "was_offered": explanation.was_offered,
        "blocked_by": str(first.reason) if first else None,
        "until": _until(first),
        "text": SENTENCES[first.reason] if first else OFFERED if explanation.was_offered else READY,
        "ahead": explanation.ahead or None,
        "rules": [_rule_json(explanation, reason) for reason in SENTENCES],
    }


def _rule_json(explanation: Explanation, reason: Reason) -> dict[str, Any]:
    hold = explanation.hold_by(reason)
    return {
        "code": str(reason),
        "blocks": hold is not None if explanation.was_looked_at(reason) else None,
        "until": _until(hold),
        "text": SENTENCES[reason],
    }


def _until(hold: Hold | None) -> str | None:
    return rfc3339(hold.until) if hold and hold.until else None
