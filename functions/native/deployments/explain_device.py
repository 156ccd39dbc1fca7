"""GET /api/v1/deployments/{id}/devices/{device_id}/explain."""

from native._auth import for_programs
from native._wire_explanations import explanation_json
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.explain import explain
from sluiceway.usecases.key_sessions import KeySession


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Answer why a device is not offered the deployment: what each rule says of it now, by the rules of a poll."""
    deployment_id, device_id = path_id(call.request), path_id(call.request, "device_id")
    return as_json(explanation_json(explain(call.service, call.caller.workspace, deployment_id, device_id, call.now)))
