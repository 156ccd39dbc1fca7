"""The deployments of one device as JSON (contract 4.2)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from mender._paging import parse_paging
from mender._wire_deployment_devices import device_deployment_json
from mender._wire_deployments import deployment_json
from sluiceway.http.pages import Paging
from sluiceway.http.request import Request
from sluiceway.usecases.device_history import Part

MOST_PARTS = 20
"""On one page."""


def parse_history_paging(request: Request) -> Paging:
    """Read the page that a request asks for. Raises Invalid."""
    above = "invalid per_page query: value must be a non-zero positive integer"
    return parse_paging(request, largest=MOST_PARTS, above=above)


def history_json(part: Part) -> dict[str, Any]:
    """Render a device's part in one deployment, with the deployment."""
    deployment = part.progress.deployment
    return {
        "id": str(uuid5(UUID(deployment.id), part.row.device_id)),
        "deployment": deployment_json(part.progress, part.artifact_ids),
        "device": device_deployment_json(part.row, deployment, part.artifacts),
    }
