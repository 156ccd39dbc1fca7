"""PATCH /applications/{applicationId}/flows/{flowId}/versions/{flowVersionId} (contract 5.5)."""

from losant._auth import for_programs
from losant._ids import path_id
from losant._rendering import rendering
from losant._wire_flows import parse_version_change, version_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.workflow_versions import load_version_content, update_workflow_version


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Change the notes of a version, and whether it is enabled: its content never changes."""
    flow_id = path_id(call.request, "flowId", "workflow")
    version_id = call.request.parameters["flowVersionId"]
    notes, is_enabled = parse_version_change(call.request)
    version = update_workflow_version(
        call.service,
        call.caller.workspace,
        flow_id,
        version_id,
        notes=notes,
        is_enabled=is_enabled,
        now=call.now,
    )
    return as_json(version_json(rendering(call), version, load_version_content(call.service, version)))
