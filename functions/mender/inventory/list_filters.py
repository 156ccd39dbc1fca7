"""GET /api/management/v2/inventory/filters (contract 7)."""

from mender._auth import for_users
from mender._paging import parse_paging
from mender._wire_filters import filter_json
from sluiceway.http.endpoint import Call
from sluiceway.http.pages import links_and_total
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.saved_filters import list_filters
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer a page of the saved filters, by name."""
    paging = parse_paging(call.request)
    found = list_filters(call.service, call.caller.workspace)
    headers = links_and_total(call.request, paging, len(found))
    return as_json([filter_json(saved) for saved in paging.cut(found)]).with_headers(headers)
