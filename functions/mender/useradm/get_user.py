"""GET /api/management/v1/useradm/users/{id} (contract 5.4)."""

from mender._auth import for_users
from mender._wire_users import user_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.sessions import UserSession
from sluiceway.usecases.users import load_user


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer one user."""
    return as_json(user_json(load_user(call.service, call.caller.workspace, call.request.parameters["id"])))
