"""GET /artifacts/list: as GET /artifacts, a page at a time (contract 4.1)."""

from mender._auth import for_users
from mender._paging import parse_forgiving_paging
from mender._wire_artifacts import artifact_json, parse_filter, parse_sort
from sluiceway.http.endpoint import Call
from sluiceway.http.pages import links_and_total
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.list_artifacts import list_artifacts
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer one page of the artifacts that pass the filters, sorted, and how many there are."""
    paging, wanted, sort = parse_forgiving_paging(call.request), parse_filter(call.request), parse_sort(call.request)
    found = list_artifacts(call.service, call.caller.workspace, wanted, sort.key, descending=sort.descending)
    page = [artifact_json(artifact) for artifact in paging.cut(found)]
    return as_json(page).with_headers(links_and_total(call.request, paging, len(found)))
