"""GET /api/management/v2/devauth/devices/{id} (contract 6.2)."""

from mender._auth import for_users
from mender._wire_devices import device_json
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.devices import get_device
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer a device with all its keys."""
    return as_json(device_json(get_device(call.service, call.caller.workspace, path_id(call.request))))
