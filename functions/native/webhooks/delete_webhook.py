"""DELETE /api/v1/webhooks/{id}."""

from native._auth import for_programs
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.key_sessions import KeySession
from sluiceway.usecases.webhooks import delete_webhook


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Remove an endpoint: nothing more is sent there."""
    delete_webhook(call.service, call.caller.workspace, path_id(call.request))
    return NO_CONTENT
