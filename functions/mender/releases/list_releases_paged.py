"""GET /deployments/releases/list: as GET /deployments/releases, a page at a time (contract 4.3)."""

from mender._auth import for_users
from mender._paging import parse_paging
from mender._wire_artifacts import parse_sort
from mender._wire_releases import parse_filter_v1, release_json_v1
from sluiceway.http.endpoint import Call
from sluiceway.http.pages import links_and_total
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.find_releases import find_releases, with_artifacts
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer one page of the releases that pass the filters, sorted, and how many there are."""
    paging, workspace = parse_paging(call.request), call.caller.workspace
    wanted, sort = parse_filter_v1(call.request), parse_sort(call.request)
    found = find_releases(call.service, workspace, wanted, sort.key, descending=sort.descending)
    page = with_artifacts(call.service, workspace, paging.cut(found))
    answer = as_json([release_json_v1(each) for each in page])
    return answer.with_headers(links_and_total(call.request, paging, len(found)))
