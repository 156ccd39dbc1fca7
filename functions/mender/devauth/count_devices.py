"""GET /api/management/v2/devauth/devices/count (contract 6.2)."""

from mender._auth import for_users
from mender._wire_devices import parse_status
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.devices import count_devices
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer how many devices there are, with a status how many have it."""
    status = parse_status(call.request)
    return as_json({"count": count_devices(call.service, call.caller.workspace, status)})
