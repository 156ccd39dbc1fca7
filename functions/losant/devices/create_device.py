"""POST /applications/{applicationId}/devices (contract 5.3)."""

from losant._auth import for_programs
from losant._rendering import rendering
from losant._wire_devices import device_json, parse_new_device
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.workflow_devices import create_workflow_device


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Make a device."""
    device = create_workflow_device(call.service, call.caller.workspace, parse_new_device(call.request), call.now)
    return as_json(device_json(rendering(call), device, call.now), 201)
