"""DELETE /api/management/v1/inventory/devices/{id} (contract 7)."""

from mender._auth import for_users
from sluiceway.http.endpoint import Call
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.device_tags import forget_reported
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Forget what a device said of itself, if there is such a device."""
    forget_reported(call.service, call.caller.workspace, call.request.parameters["id"])
    return NO_CONTENT
