"""DELETE /api/v1/api-keys/{id}."""

from native._auth import for_programs
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.api_keys import revoke_api_key
from sluiceway.usecases.key_sessions import KeySession


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """End an API key, from its next call on; a key may end itself."""
    revoke_api_key(call.service, call.caller.workspace, path_id(call.request))
    return NO_CONTENT
