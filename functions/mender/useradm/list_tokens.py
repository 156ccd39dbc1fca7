"""GET /api/management/v1/useradm/settings/tokens (contract 5.3)."""

from mender._auth import for_users
from mender._wire_users import token_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.personal_tokens import list_personal_tokens
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer the caller's personal tokens."""
    tokens = list_personal_tokens(call.service, call.caller, call.now)
    return as_json([token_json(token) for token in tokens])
