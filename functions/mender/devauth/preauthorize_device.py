"""POST /api/management/v2/devauth/devices (contract 6.2)."""

from mender._auth import for_users
from mender._wire_devices import device_json, parse_preauthorization
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json, created
from sluiceway.usecases.devices import preauthorize
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Make a device known whose key is accepted when it first asks; 409 shows the one that is known already."""
    expected = parse_preauthorization(call.request)
    made = preauthorize(call.service, call.caller.workspace, expected, call.now)
    return created(f"devices/{made}") if isinstance(made, str) else as_json(device_json(made), 409)
