"""GET /api/management/v1/useradm/settings (contract 5.4)."""

from mender._auth import for_users
from mender._wire_settings import settings_response
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.storage import keys
from sluiceway.usecases.sessions import UserSession
from sluiceway.usecases.settings import load_settings


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer what is kept for all users of the workspace, with its version."""
    key = keys.settings(call.caller.workspace)
    return settings_response(load_settings(call.service, key))
