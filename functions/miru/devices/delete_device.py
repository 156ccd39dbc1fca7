"""DELETE /devices/{device_id}: end its tokens and archive its deployments (contract 5.4)."""

from miru._auth import Program, for_programs
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_devices import delete_config_device


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer which device is gone."""
    device_id = call.request.parameters["device_id"]
    delete_config_device(call.service, call.caller.workspace, device_id, call.now)
    return as_json({"object": "device", "id": device_id, "deleted": True})
