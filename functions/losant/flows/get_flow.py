"""GET /applications/{applicationId}/flows/{flowId} (contract 5.5)."""

from losant._auth import for_programs
from losant._ids import path_id
from losant._rendering import rendering
from losant._wire_flows import flow_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.workflows import get_workflow, load_workflow_content


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Answer one flow, with the content that is being developed."""
    flow_id = path_id(call.request, "flowId", "workflow")
    flow = get_workflow(call.service, call.caller.workspace, flow_id)
    return as_json(flow_json(rendering(call), flow, load_workflow_content(call.service, flow)))
