"""GET /api/v1/webhooks/{id}."""

from native._auth import for_programs
from native._wire_webhooks import webhook_json
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.key_sessions import KeySession
from sluiceway.usecases.webhooks import load_webhook


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Answer one endpoint, without its secrets."""
    webhook = load_webhook(call.service, call.caller.workspace, path_id(call.request))
    return as_json(webhook_json(webhook, call.now))
