"""POST /applications/{applicationId}/edge/deployments/replace (contract 2.5, 4.4)."""

from losant._auth import for_programs, source_of
from losant._wire_deployments import INITIATED, ReplacementBody
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.http.wire import parse_body
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.assign_workflows import replace_workflow_version


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Want another version, or none, wherever one is wanted."""
    body = parse_body(ReplacementBody, call.request)
    replace_workflow_version(
        call.service,
        call.caller.workspace,
        body.flow_id,
        old=body.old_version,
        new=body.new_version,
        source=source_of(call.caller),
        now=call.now,
    )
    return INITIATED
