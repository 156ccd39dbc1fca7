"""GET /devices/{device_id}."""

from miru._auth import Program, for_programs, rendering
from miru._expansion import refuse_expansions
from miru._wire_devices import device_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_devices import get_config_device


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer a device."""
    found = get_config_device(call.service, call.caller.workspace, call.request.parameters["device_id"])
    refuse_expansions(call.request)
    return as_json(device_json(rendering(call), found))
