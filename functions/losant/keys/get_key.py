"""GET /applications/{applicationId}/keys/{applicationKeyId} (contract 5.4)."""

from losant._auth import for_programs
from losant._ids import path_id
from losant._rendering import rendering
from losant._wire_keys import key_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.access_keys import get_access_key
from sluiceway.usecases.application_tokens import ApplicationSession


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Answer one key, without its secret."""
    key_id = path_id(call.request, "applicationKeyId", "access key")
    key = get_access_key(call.service, call.caller.workspace, key_id)
    return as_json(key_json(rendering(call), key))
