"""POST /applications/{applicationId}/flows (contract 5.5)."""

from losant._auth import for_programs
from losant._rendering import rendering
from losant._wire_flows import flow_json, parse_new_flow
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.workflows import create_workflow


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Make a flow; its own content is the one that is being developed."""
    new = parse_new_flow(call.request)
    flow = create_workflow(call.service, call.caller.workspace, new, call.now)
    return as_json(flow_json(rendering(call), flow, new.content), 201)
