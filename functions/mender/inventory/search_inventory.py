"""POST /api/management/v2/inventory/filters/search (contract 7)."""

from mender._auth import for_users
from mender._wire_device_inventory import inventory_json
from mender._wire_inventory_search import parse_search
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.fleet_inventory import search
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer a page of the devices that a search finds."""
    body = parse_search(call.request)
    paging, wanted = body.paging, body.to_search()
    found, total = search(call.service, call.caller.workspace, wanted, offset=paging.offset, limit=paging.per_page)
    headers = {"x-total-count": str(total)}
    return as_json([inventory_json(device, body.places) for device in found]).with_headers(headers)
