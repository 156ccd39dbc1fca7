"""GET v2 /releases/all/types: every type of payload that was ever uploaded (contract 4.3)."""

from mender._auth import for_users
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.edit_releases import update_types_seen
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer them, sorted."""
    return as_json(update_types_seen(call.service, call.caller.workspace))
