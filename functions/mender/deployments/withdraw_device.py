"""DELETE /deployments/devices/{id}: take a device out of everything (contract 2.9)."""

from mender._auth import for_users
from sluiceway.http.endpoint import Call
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.decommission import withdraw_device
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 204, also for a device that nobody knows; what it has not ended is decommissioned."""
    withdraw_device(call.service, call.caller.workspace, call.request.parameters["id"], call.now)
    return NO_CONTENT
