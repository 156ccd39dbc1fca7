"""GET /api/devices/v1/deployments/download/{token}: where our own links lead (contract 2.6, 14.4)."""

from mender._auth import for_anyone
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, redirect
from sluiceway.usecases.links import follow_link


@for_anyone
def handler(call: Call[None]) -> Response:
    """Send the caller to a link that is signed now."""
    return redirect(follow_link(call.service, call.request.parameters["token"], call.now))
