"""PATCH /deployments/{id}: change where the devices of a running deployment halt (contract 4.2, 9.6)."""

from mender._auth import for_users
from mender._parameters import path_uuid
from mender._wire_control_map_edits import parse_control_map
from sluiceway.http.endpoint import Call
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.control_maps import change_control_map
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 204; each device reads the new map when it looks next."""
    deployment_id = path_uuid(call.request)
    control_map = parse_control_map(call.request, deployment_id)
    change_control_map(call.service, call.caller.workspace, deployment_id, control_map)
    return NO_CONTENT
