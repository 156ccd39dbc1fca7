"""GET /applications/{applicationId}/tokens/{apiTokenId} (contract 5.2)."""

from losant._auth import for_programs
from losant._ids import path_id
from losant._rendering import rendering
from losant._wire_tokens import token_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.application_tokens import ApplicationSession, get_application_token


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Answer one token, without the token itself."""
    token_id = path_id(call.request, "apiTokenId", "application token")
    token = get_application_token(call.service, call.caller.workspace, token_id)
    return as_json(token_json(rendering(call), token))
