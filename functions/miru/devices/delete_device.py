"""DELETE /devices/{device_id}: end its tokens and archive its deployments (contract 5.4)."""

from miru._auth import Program, for_programs
from miru._expansion import refuse_expansions
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_devices import delete_config_device, get_config_device


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer which device is gone."""
    workspace, device_id = call.caller.workspace, call.request.parameters["device_id"]
    get_config_device(call.service, workspace, device_id)
    refuse_expansions(call.request)
    delete_config_device(call.service, workspace, device_id, call.now)
    return as_json({"object": "device", "id": device_id, "deleted": True})
