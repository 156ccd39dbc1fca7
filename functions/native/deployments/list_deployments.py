"""GET /api/v1/deployments."""

from native._auth import for_programs
from native._paging import parse_paging
from native._wire_deployments import parse_search, summary_json
from sluiceway.http.endpoint import Call
from sluiceway.http.pages import links_and_total
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.finishing import settle
from sluiceway.usecases.key_sessions import KeySession
from sluiceway.usecases.list_deployments import list_deployments


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Answer a page of the workspace's deployments, newest first, without their plans."""
    paging, search = parse_paging(call.request), parse_search(call.request)
    workspace = call.caller.workspace
    found, total = list_deployments(call.service, workspace, search, skip=paging.offset, take=paging.per_page)
    page = [summary_json(progress) for progress in settle(call.service, found)]
    return as_json(page).with_headers(links_and_total(call.request, paging, total))
