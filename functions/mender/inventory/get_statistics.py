"""GET /api/management/v2/inventory/statistics (contract 7)."""

from mender._auth import for_users
from sluiceway.domain.device import AuthStatus
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.devices import count_devices
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer how many devices are accepted and pending; all are of the standard tier."""
    statuses = (AuthStatus.ACCEPTED, AuthStatus.PENDING)
    counts = {str(each): count_devices(call.service, call.caller.workspace, each) for each in statuses}
    return as_json({"standard": counts})
