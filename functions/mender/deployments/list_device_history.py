"""GET /deployments/devices/{id}: the deployments of one device (contract 4.2)."""

from mender._auth import for_users
from mender._wire_deployment_devices import parse_statuses
from mender._wire_device_history import history_json, parse_history_paging
from sluiceway.http.endpoint import Call
from sluiceway.http.pages import links_and_total
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.device_history import device_history
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 200 with one page, newest deployment first; a device that nobody knows has none."""
    paging, statuses = parse_history_paging(call.request), parse_statuses(call.request)
    workspace, device_id = call.caller.workspace, call.request.parameters["id"]
    parts, total = device_history(
        call.service, workspace, device_id, statuses, skip=paging.offset, take=paging.per_page
    )
    return as_json([history_json(part) for part in parts]).with_headers(links_and_total(call.request, paging, total))
