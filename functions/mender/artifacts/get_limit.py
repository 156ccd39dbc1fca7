"""GET /limits/{name}: how much may be stored, and how much is (contract 4.1)."""

from mender._auth import for_users
from mender._wire_artifacts import check_is_storage
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.list_artifacts import stored_bytes
from sluiceway.usecases.sessions import UserSession

UNLIMITED = 0


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer in bytes."""
    check_is_storage(call.request)
    return as_json({"limit": UNLIMITED, "usage": stored_bytes(call.service, call.caller.workspace)})
