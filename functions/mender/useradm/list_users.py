"""GET /api/management/v1/useradm/users (contract 5.4)."""

from mender._auth import for_users
from mender._wire_users import user_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.sessions import UserSession
from sluiceway.usecases.users import list_users


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer all users, oldest first."""
    return as_json([user_json(user) for user in list_users(call.service, call.caller.workspace)])
