"""GET /deployments: find deployments (contract 2.8)."""

from mender._auth import for_users
from mender._wire_deployments import deployment_json, parse_search
from sluiceway.http.endpoint import Call
from sluiceway.http.pages import links_and_total, parse_paging
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.finishing import artifact_ids, settle
from sluiceway.usecases.list_deployments import list_deployments
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 200 with one page, newest first unless told otherwise."""
    paging, search = parse_paging(call.request), parse_search(call.request)
    found, total = list_deployments(
        call.service, call.caller.workspace, search, skip=paging.offset, take=paging.per_page
    )
    settle(call.service, found)
    page = [deployment_json(each, artifact_ids(call.service, each.deployment)) for each in found]
    return as_json(page).with_headers(links_and_total(call.request, paging, total))
