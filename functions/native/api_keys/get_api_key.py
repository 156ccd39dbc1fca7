"""GET /api/v1/api-keys/{id}."""

from native._auth import for_programs
from native._wire_api_keys import api_key_json
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.api_keys import load_api_key
from sluiceway.usecases.key_sessions import KeySession


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Answer one API key, without the key itself."""
    return as_json(api_key_json(load_api_key(call.service, call.caller.workspace, path_id(call.request))))
