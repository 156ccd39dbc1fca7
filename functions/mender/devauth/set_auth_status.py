"""PUT /api/management/v2/devauth/devices/{id}/auth/{aid}/status (contract 6.2)."""

from mender._auth import for_users
from mender._wire_devices import parse_decision
from sluiceway.http.endpoint import Call
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.sessions import UserSession
from sluiceway.usecases.set_auth_status import set_auth_status


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Accept, reject or reset a key."""
    set_auth_status(call.service, call.caller.workspace, parse_decision(call.request), call.now)
    return NO_CONTENT
