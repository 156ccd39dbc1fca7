"""GET /applications/{applicationId} (contract 5.2)."""

from losant._auth import for_programs
from losant._rendering import rendering
from losant._wire_applications import application_json, parse_summary
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.applications import load_application


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Answer the application that the token is of."""
    application = load_application(call.service, call.caller.workspace, parse_summary(call.request))
    return as_json(application_json(rendering(call), application))
