"""PATCH v2 /deployments/releases/{name}: change the notes of a release (contract 4.3)."""

from mender._auth import for_users
from mender._wire_releases import parse_notes
from sluiceway.http.endpoint import Call
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.edit_releases import describe_release
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 204."""
    name, notes = call.request.parameters["name"], parse_notes(call.request)
    describe_release(call.service, call.caller.workspace, name, notes, call.now)
    return NO_CONTENT
