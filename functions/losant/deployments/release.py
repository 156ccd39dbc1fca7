"""POST /applications/{applicationId}/edge/deployments/release (contract 2.3, 4.2)."""

from losant._auth import for_programs, source_of
from losant._wire_deployments import INITIATED, parse_release
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.assign_workflows import release_workflows


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Put versions of flows on devices, or take flows off them: on all, or none."""
    assignment = parse_release(call.request)
    release_workflows(call.service, call.caller.workspace, assignment, source_of(call.caller), call.now)
    return INITIATED
