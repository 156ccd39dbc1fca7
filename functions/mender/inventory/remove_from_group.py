"""DELETE /api/management/v1/inventory/groups/{name}/devices (contract 7)."""

from mender._auth import for_users
from mender._wire_groups import left_json, parse_device_ids
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.groups import take_many_out_of_group
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Take several devices out of a group."""
    device_ids, group = parse_device_ids(call.request), call.request.parameters["name"]
    return as_json(left_json(take_many_out_of_group(call.service, call.caller.workspace, group, device_ids, call.now)))
