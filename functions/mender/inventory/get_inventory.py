"""GET /api/management/v1/inventory/devices/{id} (contract 7)."""

from mender._auth import for_users
from mender._wire_device_inventory import device_response
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response
from sluiceway.usecases.fleet_inventory import get_inventory
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer all that is known of a device."""
    return device_response(get_inventory(call.service, call.caller.workspace, path_id(call.request)))
