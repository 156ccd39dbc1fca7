"""GET /api/devices/v1/deployments/device/deployments/next: ask for work (contract 9.2, 9.3)."""

from mender._auth import for_polling_devices
from mender._wire_next import answer, parse_query
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.next_deployment import next_deployment
from sluiceway.usecases.sessions import DeviceSession


@for_polling_devices
def handler(call: Call[DeviceSession]) -> Response:
    """Answer 200 with what to install and a link to it, or 204."""
    return answer(call, next_deployment(call.service, call.caller, parse_query(call.request), call.now))
