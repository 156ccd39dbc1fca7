"""DELETE /deployments/devices/{id}/history: let a device take part again (contract 4.2)."""

from mender._auth import for_users
from sluiceway.http.endpoint import Call
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.delete_history import delete_history
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 204, also when the device has ended nothing or nobody knows it."""
    delete_history(call.service, call.caller.workspace, call.request.parameters["id"], call.now)
    return NO_CONTENT
