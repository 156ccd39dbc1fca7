"""GET v2 /releases/all/tags: every tag that a release has (contract 4.3)."""

from mender._auth import for_users
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.edit_releases import tags_in_use
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer them, sorted."""
    return as_json(tags_in_use(call.service, call.caller.workspace))
