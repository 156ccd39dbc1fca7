"""DELETE /api/management/v1/inventory/groups/{name} (contract 7)."""

from mender._auth import for_users
from mender._wire_groups import left_json
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.groups import delete_group
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Take all devices out of a group, which ends it."""
    group = path_id(call.request, "name")
    return as_json(left_json(delete_group(call.service, call.caller.workspace, group, call.now)))
