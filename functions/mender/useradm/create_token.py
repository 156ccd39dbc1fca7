"""POST /api/management/v1/useradm/settings/tokens (contract 5.3)."""

from mender._auth import for_users
from mender._wire_tokens import token_response
from mender._wire_users import parse_new_token
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.personal_tokens import create_personal_token
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer a new personal token, the only time that it is shown."""
    new = parse_new_token(call.request)
    return token_response(create_personal_token(call.service, call.caller, new, call.now))
