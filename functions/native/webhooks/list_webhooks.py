"""GET /api/v1/webhooks."""

from native._auth import for_programs
from native._paging import answer_page, parse_paging
from native._wire_webhooks import webhook_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.key_sessions import KeySession
from sluiceway.usecases.webhooks import list_webhooks


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Answer a page of the workspace's endpoints, oldest first, without their secrets."""
    paging = parse_paging(call.request)
    found = list_webhooks(call.service, call.caller.workspace)
    return answer_page(call.request, paging, [webhook_json(webhook, call.now) for webhook in found])
