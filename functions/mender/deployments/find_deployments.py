"""GET /api/management/v2/deployments/deployments: find deployments by id and by name (contract 4.2)."""

from mender._auth import for_users
from mender._deployment_pages import answer_page
from mender._wire_deployments import deployment_json_v2, parse_device_attribute, parse_exact_search
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.deployments_by_attribute import by_attribute
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 200 with one page, newest first unless told otherwise."""
    search, place = parse_exact_search(call.request), parse_device_attribute(call.request)
    wanted = by_attribute(call.service, call.caller.workspace, search, place) if place else search
    return answer_page(call, wanted, deployment_json_v2)
