"""PUT /api/management/v1/useradm/users/me (contract 5.4)."""

from mender._auth import for_users
from mender._wire_users import parse_user_change
from sluiceway.http.endpoint import Call
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.sessions import UserSession
from sluiceway.usecases.users import update_user


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Change the caller; a new password ends all their tokens, the one shown among them."""
    change = parse_user_change(call.request)
    update_user(call.service, call.caller.workspace, call.caller.user_id, change, call.now)
    return NO_CONTENT
