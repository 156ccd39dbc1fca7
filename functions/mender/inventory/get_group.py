"""GET /api/management/v1/inventory/devices/{id}/group (contract 7)."""

from mender._auth import for_users
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.groups import group_of
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer the group of a device, null when it is in none."""
    return as_json({"group": group_of(call.service, call.caller.workspace, path_id(call.request)) or None})
