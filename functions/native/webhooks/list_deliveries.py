"""GET /api/v1/webhooks/{id}/deliveries."""

from native._auth import for_programs
from native._paging import answer_page, parse_paging
from native._wire_deliveries import delivery_json
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response
from sluiceway.usecases.key_sessions import KeySession
from sluiceway.usecases.webhook_deliveries import list_deliveries


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Answer a page of what one endpoint was or will be told, newest first."""
    paging = parse_paging(call.request)
    found = list_deliveries(call.service, call.caller.workspace, path_id(call.request), call.now)
    return answer_page(call.request, paging, [delivery_json(each) for each in found])
