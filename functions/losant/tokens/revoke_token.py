"""DELETE /applications/{applicationId}/tokens/{apiTokenId} (contract 5.2)."""

from losant._auth import for_programs
from losant._ids import path_id
from losant._rendering import SUCCESS
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.application_tokens import ApplicationSession, revoke_application_token


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """End a token, from its next call on; a token may end itself."""
    token_id = path_id(call.request, "apiTokenId", "application token")
    revoke_application_token(call.service, call.caller.workspace, token_id)
    return SUCCESS
