"""PATCH /applications/{applicationId}/flows/{flowId} (contract 5.5)."""

from losant._auth import for_programs
from losant._ids import path_id
from losant._rendering import rendering
from losant._wire_flows import flow_json, parse_flow_change
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.workflows import load_workflow_content, update_workflow


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Change a flow; its versions stay as they are."""
    flow_id = path_id(call.request, "flowId", "workflow")
    change = parse_flow_change(call.request)
    flow = update_workflow(call.service, call.caller.workspace, flow_id, change, call.now)
    return as_json(flow_json(rendering(call), flow, load_workflow_content(call.service, flow)))
