"""The devices of a deployment as JSON (contract 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mender._wire_artifacts import artifact_json
from mender._wire_times import rfc3339
from sluiceway.domain.artifacts import Artifact
from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import DeviceDeployment, Status

_WORDS = {Status.TIMED_OUT: Status.FAILURE, Status.SUPERSEDED: Status.ABORTED}
"""What the dialect has no word for."""


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
