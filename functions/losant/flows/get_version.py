"""GET /applications/{applicationId}/flows/{flowId}/versions/{flowVersionId} (contract 5.5)."""

from losant._auth import for_programs
from losant._ids import path_id
from losant._rendering import rendering
from losant._wire_flows import version_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.workflow_versions import get_workflow_version, load_version_content


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Answer one version, which is named by its id or its name, with its content."""
    flow_id = path_id(call.request, "flowId", "workflow")
    version_id = call.request.parameters["flowVersionId"]
    version = get_workflow_version(call.service, call.caller.workspace, flow_id, version_id)
    return as_json(version_json(rendering(call), version, load_version_content(call.service, version)))
