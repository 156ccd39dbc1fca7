"""GET /api/v1/settings."""

from native._auth import for_programs
from native._wire_settings import settings_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.key_sessions import KeySession
from sluiceway.usecases.workspace_settings import load_workspace_settings


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Answer all settings of the workspace."""
    return as_json(settings_json(load_workspace_settings(call.service, call.caller.workspace)))
