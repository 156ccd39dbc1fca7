"""POST /api/management/v1/useradm/users (contract 5.4)."""

from mender._auth import for_users
from mender._wire_users import parse_new_user
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, created
from sluiceway.usecases.sessions import UserSession
from sluiceway.usecases.users import create_user


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Make a user of the caller's workspace."""
    user_id = create_user(call.service, call.caller.workspace, parse_new_user(call.request), call.now)
    return created(f"{call.request.path}/{user_id}")
