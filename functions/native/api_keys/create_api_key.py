"""POST /api/v1/api-keys."""

from native._auth import for_programs
from native._wire_api_keys import parse_new_api_key, shown_api_key_response
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.api_keys import create_api_key
from sluiceway.usecases.key_sessions import KeySession


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Answer a new API key, the only time that it is shown: it may do no more than the one that makes it."""
    shown = create_api_key(call.service, call.caller, parse_new_api_key(call.request), call.now)
    return shown_api_key_response(shown, f"{call.request.path}/{shown.api_key.id}")
