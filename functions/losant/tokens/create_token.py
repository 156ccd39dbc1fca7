"""POST /applications/{applicationId}/tokens (contract 5.2)."""

from losant._auth import for_programs
from losant._rendering import as_secret, rendering
from losant._wire_tokens import parse_new_token, token_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.application_tokens import ApplicationSession, create_application_token


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Answer a new token, the only time that it is shown: it may do no more than the one that makes it."""
    shown = create_application_token(call.service, call.caller, parse_new_token(call.request), call.now)
    return as_secret({**token_json(rendering(call), shown.token), "token": shown.text})
