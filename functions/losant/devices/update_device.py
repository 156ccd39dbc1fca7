"""PATCH /applications/{applicationId}/devices/{deviceId} (contract 5.3, 4.5)."""

from losant._auth import for_programs, source_of
from losant._ids import path_id
from losant._rendering import rendering
from losant._wire_devices import device_json, parse_device_change
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.workflow_devices import update_workflow_device


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Change a device; one that is no edge compute device any more loses its deployments."""
    device_id = path_id(call.request, "deviceId", "device")
    change, source = parse_device_change(call.request), source_of(call.caller)
    device = update_workflow_device(call.service, call.caller.workspace, device_id, change, source=source, now=call.now)
    return as_json(device_json(rendering(call), device, call.now))
