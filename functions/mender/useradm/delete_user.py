"""DELETE /api/management/v1/useradm/users/{id} (contract 5.4)."""

from mender._auth import for_users
from sluiceway.http.endpoint import Call
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.sessions import UserSession
from sluiceway.usecases.users import delete_user


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Remove a user and end their tokens."""
    delete_user(call.service, call.caller.workspace, call.request.parameters["id"])
    return NO_CONTENT
