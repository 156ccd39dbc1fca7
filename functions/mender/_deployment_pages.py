"""How both versions of the API answer a search for deployments (contract 2.8, 4.2)."""

from __future__ import annotations

from mender._paging import parse_paging
from mender._wire_deployments import deployment_json
from sluiceway.http.endpoint import Call
from sluiceway.http.pages import links_and_total
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.finishing import artifact_ids, settle
from sluiceway.usecases.list_deployments import Search, list_deployments
from sluiceway.usecases.sessions import UserSession


def answer_page(call: Call[UserSession], search: Search) -> Response:
    """Answer 200 with one page of what the search finds, and how much that is in all. Raises Invalid."""
    paging = parse_paging(call.request)
    found, total = list_deployments(
        call.service, call.caller.workspace, search, skip=paging.offset, take=paging.per_page
    )
    settled = settle(call.service, found)
    page = [deployment_json(each, artifact_ids(call.service, each.deployment)) for each in settled]
    return as_json(page).with_headers(links_and_total(call.request, paging, total))
