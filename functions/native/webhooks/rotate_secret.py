"""POST /api/v1/webhooks/{id}/rotate."""

from native._auth import for_programs
from native._wire_webhooks import parse_overlap, shown_secret_response
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response
from sluiceway.usecases.key_sessions import KeySession
from sluiceway.usecases.webhooks import rotate_secret


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Answer a new secret, the only time that it is shown.

    While former secrets are good, each event carries a signature of every one of them.
    """
    overlap, webhook_id = parse_overlap(call.request), path_id(call.request)
    webhook = rotate_secret(call.service, call.caller.workspace, webhook_id, overlap, call.now)
    return shown_secret_response(webhook, call.now, 200)
