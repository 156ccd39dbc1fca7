"""GET /api/management/v1/inventory/devices (contract 7)."""

from mender._auth import for_users
from mender._paging import parse_paging
from mender._wire_device_inventory import inventory_json, parse_list
from sluiceway.http.endpoint import Call
from sluiceway.http.pages import links_and_total
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.fleet_inventory import search
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer a page of the devices whose attributes equal what the query says."""
    paging, wanted = parse_paging(call.request), parse_list(call.request)
    found, total = search(call.service, call.caller.workspace, wanted, offset=paging.offset, limit=paging.per_page)
    headers = links_and_total(call.request, paging, total)
    return as_json([inventory_json(device) for device in found]).with_headers(headers)
