"""POST /applications/{applicationId}/flows/{flowId}/versions (contract 5.5)."""

from losant._auth import for_programs
from losant._ids import path_id
from losant._rendering import rendering
from losant._wire_flows import parse_new_version, version_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.workflow_versions import publish_workflow_version


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Freeze a content under a name; one of the same name is replaced where the caller allows it."""
    flow_id = path_id(call.request, "flowId", "workflow")
    new = parse_new_version(call.request)
    version = publish_workflow_version(call.service, call.caller.workspace, flow_id, new, call.now)
    return as_json(version_json(rendering(call), version, new.content), 201)
