"""POST /applications/{applicationId}/edge/deployments/remove (contract 2.4, 4.3)."""

from losant._auth import for_programs, source_of
from losant._wire_deployments import INITIATED, parse_removal
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.assign_workflows import remove_workflows


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Take flows off devices, which confirm it later."""
    removal = parse_removal(call.request)
    remove_workflows(call.service, call.caller.workspace, removal, source_of(call.caller), call.now)
    return INITIATED
