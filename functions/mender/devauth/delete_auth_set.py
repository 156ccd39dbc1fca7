"""DELETE /api/management/v2/devauth/devices/{id}/auth/{aid} (contract 6.2)."""

from mender._auth import for_users
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.decommission import remove_auth_set
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Take a key away from a device."""
    device_id, auth_set_id = path_id(call.request), path_id(call.request, "aid")
    remove_auth_set(call.service, call.caller.workspace, device_id, auth_set_id, call.now)
    return NO_CONTENT
