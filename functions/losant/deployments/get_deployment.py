"""GET /applications/{applicationId}/edge/deployments/{edgeDeploymentId} (contract 2.2)."""

from losant._auth import for_programs
from losant._ids import path_id
from losant._rendering import rendering
from losant._wire_deployments import deployment_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.workflow_slots import get_workflow_slot


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Answer one record, with its whole log."""
    slot_id = path_id(call.request, "edgeDeploymentId", "workflow slot")
    slot = get_workflow_slot(call.service, call.caller.workspace, slot_id)
    return as_json(deployment_json(rendering(call), slot, call.now))
