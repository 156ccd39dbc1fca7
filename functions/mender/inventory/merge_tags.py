"""PATCH /api/management/v1/inventory/devices/{id}/tags (contract 7)."""

from mender._auth import for_users
from mender._wire_device_inventory import parse_tags
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.device_tags import change_tags
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Add these tags to a device, and overwrite those of the same name."""
    change_tags(call.service, call.caller.workspace, parse_tags(call.request, replaces=False), call.now)
    return Response(200)
