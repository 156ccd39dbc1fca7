"""DELETE /applications/{applicationId}/flows/{flowId}/versions/{flowVersionId} (contract 5.5, 4.5)."""

from losant._auth import for_programs, source_of
from losant._ids import path_id
from losant._rendering import SUCCESS
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.workflow_versions import remove_workflow_version


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Delete a version: wherever it is wanted, nothing is wanted any more."""
    flow_id = path_id(call.request, "flowId", "workflow")
    version_id = call.request.parameters["flowVersionId"]
    source = source_of(call.caller)
    remove_workflow_version(call.service, call.caller.workspace, flow_id, version_id, source=source, now=call.now)
    return SUCCESS
