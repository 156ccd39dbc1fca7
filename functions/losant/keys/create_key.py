"""POST /applications/{applicationId}/keys (contract 5.4)."""

from losant._auth import for_programs
from losant._rendering import as_secret, rendering
from losant._wire_keys import key_json, parse_new_key
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.access_keys import create_access_key
from sluiceway.usecases.application_tokens import ApplicationSession


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Answer a new key, the only time that its secret is shown."""
    shown = create_access_key(call.service, call.caller.workspace, parse_new_key(call.request), call.now)
    return as_secret({**key_json(rendering(call), shown.access_key), "secret": shown.secret})
