"""POST /api/management/v1/useradm/auth/logout (contract 5.2)."""

from mender._auth import for_users
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.personal_tokens import log_out
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """End the token that was shown, at once."""
    log_out(call.service, call.caller)
    return Response(202)
