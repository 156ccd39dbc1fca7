"""GET /api/management/v2/devauth/limits/max_devices (contract 6.2)."""

from mender._auth import for_users
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.device_limit import load_device_limit
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer how many devices the workspace may accept, 0 for any number."""
    return as_json({"limit": load_device_limit(call.service, call.caller.workspace).most})
