"""PUT /api/management/v1/inventory/devices/{id}/group (contract 7)."""

from mender._auth import for_users
from mender._wire_groups import parse_group
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.groups import put_in_group
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Put a device into a group or into none, out of the one where it was."""
    group = parse_group(call.request)
    put_in_group(call.service, call.caller.workspace, path_id(call.request), group, call.now)
    return NO_CONTENT
