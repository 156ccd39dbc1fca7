"""POST /api/v1/webhooks."""

from native._auth import for_programs
from native._wire_webhooks import parse_new_webhook, shown_secret_response
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.key_sessions import KeySession
from sluiceway.usecases.webhooks import create_webhook


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Add an endpoint that events are sent to, and answer its secret, the only time that it is shown."""
    webhook = create_webhook(call.service, call.caller.workspace, parse_new_webhook(call.request), call.now)
    answer = shown_secret_response(webhook, call.now, 201)
    return answer.with_headers({"location": f"{call.request.path}/{webhook.id}"})
