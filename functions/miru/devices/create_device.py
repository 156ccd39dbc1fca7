"""POST /devices: a device that is to be activated (contract 5.4)."""

from miru._auth import Program, for_programs, rendering
from miru._expansion import refuse_expansions
from miru._wire_devices import device_json, parse_new_device
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_devices import create_config_device


@for_programs
def handler(call: Call[Program]) -> Response:
    """Make a device; no two have the same name."""
    refuse_expansions(call.request)
    name = parse_new_device(call.request)
    return as_json(
        device_json(rendering(call), create_config_device(call.service, call.caller.workspace, name, call.now))
    )
