"""GET /api/management/v2/devauth/devices/{id}/auth/{aid}/status (contract 6.2)."""

from mender._auth import for_users
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.devices import auth_status
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer the status of one key."""
    device_id, auth_set_id = path_id(call.request), path_id(call.request, "aid")
    return as_json({"status": auth_status(call.service, call.caller.workspace, device_id, auth_set_id)})
