"""POST /api/management/v1/useradm/settings/me (contract 5.4)."""

from mender._auth import for_users
from mender._wire_settings import parse_settings
from sluiceway.http.endpoint import Call
from sluiceway.http.preconditions import expected_version
from sluiceway.http.response import Response
from sluiceway.storage import keys
from sluiceway.usecases.sessions import UserSession
from sluiceway.usecases.settings import store_settings


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Replace what is kept for the caller."""
    key = keys.user_settings(call.caller.workspace, call.caller.user_id)
    store_settings(call.service, key, parse_settings(call.request), expected_version(call.request))
    return Response(201)
