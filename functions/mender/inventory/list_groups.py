"""GET /api/management/v1/inventory/groups (contract 7)."""

from mender._auth import for_users
from mender._wire_devices import parse_status
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.groups import list_groups
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer the names of all groups, with a status of those that have devices of it."""
    return as_json(list_groups(call.service, call.caller.workspace, parse_status(call.request)))
