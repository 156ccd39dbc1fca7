"""DELETE /api/management/v1/inventory/devices/{id}/group/{name} (contract 7)."""

from mender._auth import for_users
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.groups import take_out_of_group
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Take a device out of its group; 404 when it is not in this one."""
    device_id, group = path_id(call.request), path_id(call.request, "name")
    take_out_of_group(call.service, call.caller.workspace, device_id, group, call.now)
    return NO_CONTENT
