"""PUT v2 /deployments/releases/{name}/tags: replace the tags of a release (contract 4.3)."""

from mender._auth import for_users
from mender._wire_releases import parse_tags
from sluiceway.http.endpoint import Call
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.edit_releases import tag_release
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 204; an empty list clears them."""
    name, tags = call.request.parameters["name"], parse_tags(call.request)
    tag_release(call.service, call.caller.workspace, name, tags, call.now)
    return NO_CONTENT
