"""GET v2 /artifacts: artifacts by exact texts or prefixes, a page at a time (contract 4.1)."""

from mender._auth import for_users
from mender._paging import parse_paging
from mender._wire_artifacts import artifact_json, parse_search
from sluiceway.http.endpoint import Call
from sluiceway.http.pages import links
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.list_artifacts import search_artifacts
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer one page, by name."""
    paging, search = parse_paging(call.request), parse_search(call.request)
    found = search_artifacts(call.service, call.caller.workspace, search)
    page = [artifact_json(artifact) for artifact in paging.cut(found)]
    return as_json(page).with_headers(links(call.request, paging, more=paging.has_next(len(found))))
