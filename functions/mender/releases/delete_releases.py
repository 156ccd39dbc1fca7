"""DELETE v2 /deployments/releases: remove releases by their names (contract 4.3)."""

from mender._auth import for_users
from mender._wire_releases import parse_names
from sluiceway.http.endpoint import Call
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.delete_releases import delete_releases
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 204 when none of them was in use."""
    delete_releases(call.service, call.caller.workspace, parse_names(call.request), call.now)
    return NO_CONTENT
