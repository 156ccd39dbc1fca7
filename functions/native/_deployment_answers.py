"""How calls answer a deployment: as it is once they have done what was asked."""

from __future__ import annotations

from native._wire_deployments import deployment_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.deployment_views import view_deployment
from sluiceway.usecases.key_sessions import KeySession


def answer_deployment(call: Call[KeySession], deployment_id: str) -> Response:
    """Answer 200 with the deployment. Raises NotFound."""
    return as_json(deployment_json(view_deployment(call.service, call.caller.workspace, deployment_id)))


def answer_new_deployment(call: Call[KeySession], deployment_id: str) -> Response:
    """Answer 201 with a deployment that was just made, and where it is."""
    view = view_deployment(call.service, call.caller.workspace, deployment_id)
    return as_json(deployment_json(view), 201).with_headers({"location": f"/api/v1/deployments/{deployment_id}"})
