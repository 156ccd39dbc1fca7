"""PATCH /devices/{device_id}: its name (contract 5.4)."""

from miru._auth import Program, for_programs, rendering
from miru._expansion import refuse_expansions
from miru._wire_devices import device_json, parse_device_change
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_devices import get_config_device, rename_config_device


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer the device as it is then; nothing to change is fine."""
    workspace, device_id = call.caller.workspace, call.request.parameters["device_id"]
    device = get_config_device(call.service, workspace, device_id)
    refuse_expansions(call.request)
    given = parse_device_change(call.request)
    name = device.name if given is None else given
    return as_json(
        device_json(rendering(call), rename_config_device(call.service, workspace, device_id, name, call.now))
    )
