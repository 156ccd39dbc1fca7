"""How both versions of the API answer a search for deployments (contract 2.8, 4.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from mender._paging import parse_paging
from sluiceway.http.endpoint import Call
from sluiceway.http.pages import links_and_total
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.deployments import Progress
from sluiceway.usecases.finishing import artifact_ids, settle
from sluiceway.usecases.list_deployments import Search, list_deployments
from sluiceway.usecases.sessions import UserSession

Render: TypeAlias = Callable[[Progress, tuple[str, ...]], dict[str, Any]]
"""Given a deployment and the ids of the artifacts that it can assign."""


def answer_page(call: Call[UserSession], search: Search, render: Render) -> Response:
    """Answer 200 with one page of what the search finds, and how much that is in all. Raises Invalid."""
    paging = parse_paging(call.request)
    found, total = list_deployments(
        call.service, call.caller.workspace, search, skip=paging.offset, take=paging.per_page
    )
    settled = settle(call.service, found)
    page = [render(each, artifact_ids(call.service, each.deployment)) for each in settled]
    return as_json(page).with_headers(links_and_total(call.request, paging, total))
