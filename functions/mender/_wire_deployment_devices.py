"""The devices of a deployment as JSON, and which of them a list is to have (contract 3.4, 4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mender._wire_artifacts import artifact_json
from mender._wire_times import rfc3339
from sluiceway.domain.artifacts import Artifact
from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import ACTIVE, PAUSES, DeviceDeployment, Status
from sluiceway.http.parameters import query_word
from sluiceway.http.request import Request

_WORDS = {Status.TIMED_OUT: Status.FAILURE, Status.SUPERSEDED: Status.ABORTED}
"""What the dialect has no word for."""
_CLASSES = {
    "pause": PAUSES,
    "active": ACTIVE | {Status.PENDING},
    "finished": frozenset(status for status in Status if status.is_final),
}
_FILTERS = {
    **{str(word): frozenset(each for each in Status if _WORDS.get(each, each) is word) for word in Status},
    **_CLASSES,
}
STATUS_FILTERS = tuple(word for word, statuses in _FILTERS.items() if statuses)
"""The words that narrow down a list of devices: the thirteen statuses and the three classes."""


def parse_statuses(request: Request) -> frozenset[Status]:
    """Read which statuses a list is to have, all of them when none is named. Raises Invalid."""
    word = query_word(request, "status", STATUS_FILTERS, "status: must be a valid value")
    return _FILTERS[word] if word else frozenset(Status)


def device_deployment_json(
    row: DeviceDeployment, deployment: Deployment, artifacts: Mapping[str, Artifact]
) -> dict[str, Any]:
    """Render one device of a deployment."""
    optional = {
        "started": rfc3339(row.started) if row.started else None,
        "finished": rfc3339(row.finished) if row.finished else None,
        "substate": row.substate,
        "image": artifact_json(artifacts[row.artifact_id]) if row.artifact_id in artifacts else None,
        "deleted": row.deleted,
    }
    return {
        "id": row.device_id,
        "status": str(_WORDS.get(row.status, row.status)),
        "device_type": row.device_type,
        "log": row.has_log,
        "created": rfc3339(deployment.created),
        **{name: value for name, value in optional.items() if value},
    }
