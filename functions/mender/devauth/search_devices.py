"""POST /api/management/v2/devauth/devices/search (contract 6.2)."""

from mender._auth import for_users
from mender._paging import parse_paging
from mender._wire_devices import device_json, parse_search
from sluiceway.http.endpoint import Call
from sluiceway.http.pages import links
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.list_devices import list_devices
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer a page of the devices that have one of the statuses and one of the ids."""
    paging, wanted = parse_paging(call.request), parse_search(call.request)
    page = list_devices(call.service, call.caller.workspace, wanted, offset=paging.offset, limit=paging.per_page)
    headers = links(call.request, paging, more=page.more)
    return as_json([device_json(known) for known in page.devices]).with_headers(headers)
