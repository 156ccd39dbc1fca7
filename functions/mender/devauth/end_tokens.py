"""DELETE /api/management/v2/devauth/tokens/{jti} (contract 6.2)."""

from mender._auth import for_users
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.devices import end_tokens
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """End the tokens of the device that one was given to."""
    end_tokens(call.service, call.caller.workspace, path_id(call.request, "jti"))
    return NO_CONTENT
