"""GET /api/management/v2/inventory/filters/attributes (contract 7)."""

from mender._auth import for_users
from mender._wire_device_inventory import place_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.fleet_inventory import known_attributes
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer every attribute that a search may name, the commonest first."""
    counted = known_attributes(call.service, call.caller.workspace)
    return as_json([place_json(place, count) for place, count in counted])
