"""PATCH /api/v1/settings."""

from native._auth import for_programs
from native._wire_settings import parse_change, settings_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.key_sessions import KeySession
from sluiceway.usecases.workspace_settings import change_workspace_settings


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Change the settings that the body names, null being the default, and answer all of them."""
    change = parse_change(call.request)
    return as_json(settings_json(change_workspace_settings(call.service, call.caller.workspace, change)))
