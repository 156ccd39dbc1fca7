"""DELETE /api/management/v2/devauth/devices/{id} (contract 6.2)."""

from mender._auth import for_users
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.decommission import remove_device
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Remove a device; its tokens are refused at once."""
    remove_device(call.service, call.caller.workspace, path_id(call.request), call.now)
    return NO_CONTENT
