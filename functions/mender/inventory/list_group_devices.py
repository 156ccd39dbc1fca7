"""GET /api/management/v1/inventory/groups/{name}/devices (contract 7)."""

from mender._auth import for_users
from mender._paging import parse_paging
from sluiceway.http.endpoint import Call
from sluiceway.http.pages import links_and_total
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.groups import list_members
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer a page of the ids of a group's devices."""
    group, paging = path_id(call.request, "name"), parse_paging(call.request)
    ids, total = list_members(call.service, call.caller.workspace, group, offset=paging.offset, limit=paging.per_page)
    return as_json(ids).with_headers(links_and_total(call.request, paging, total))
