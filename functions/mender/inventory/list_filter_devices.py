"""GET /api/management/v2/inventory/filters/{id}/search (contract 7)."""

from mender._auth import for_users
from mender._paging import parse_paging
from mender._parameters import path_uuid
from mender._wire_device_inventory import inventory_json
from sluiceway.http.endpoint import Call
from sluiceway.http.pages import links_and_total
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.fleet_inventory import Search, search
from sluiceway.usecases.saved_filters import load_filter
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer a page of the devices that a saved filter finds now."""
    filter_id, paging = path_uuid(call.request), parse_paging(call.request)
    wanted = Search(terms=load_filter(call.service, call.caller.workspace, filter_id).terms)
    found, total = search(call.service, call.caller.workspace, wanted, offset=paging.offset, limit=paging.per_page)
    headers = links_and_total(call.request, paging, total)
    return as_json([inventory_json(device) for device in found]).with_headers(headers)
