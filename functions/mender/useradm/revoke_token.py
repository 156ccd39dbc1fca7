"""DELETE /api/management/v1/useradm/settings/tokens/{id} (contract 5.3)."""

from mender._auth import for_users
from sluiceway.http.endpoint import Call
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.personal_tokens import revoke_personal_token
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """End one of the caller's personal tokens, at once."""
    revoke_personal_token(call.service, call.caller, call.request.parameters["id"])
    return NO_CONTENT
