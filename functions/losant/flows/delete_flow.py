"""DELETE /applications/{applicationId}/flows/{flowId} (contract 5.5, 4.5)."""

from losant._auth import for_programs, source_of
from losant._ids import path_id
from losant._rendering import SUCCESS
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.workflows import delete_workflow


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Delete a flow: devices drop it when they next call."""
    flow_id = path_id(call.request, "flowId", "workflow")
    delete_workflow(call.service, call.caller.workspace, flow_id, source_of(call.caller), call.now)
    return SUCCESS
