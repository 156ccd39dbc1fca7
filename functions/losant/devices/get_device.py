"""GET /applications/{applicationId}/devices/{deviceId} (contract 5.3)."""

from losant._auth import for_programs
from losant._ids import path_id
from losant._rendering import rendering
from losant._wire_devices import device_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.workflow_devices import get_workflow_device


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Answer one device."""
    device_id = path_id(call.request, "deviceId", "device")
    device = get_workflow_device(call.service, call.caller.workspace, device_id)
    return as_json(device_json(rendering(call), device, call.now))
