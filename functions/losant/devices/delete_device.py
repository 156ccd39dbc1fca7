"""DELETE /applications/{applicationId}/devices/{deviceId} (contract 5.3, 4.5)."""

from losant._auth import for_programs, source_of
from losant._ids import path_id
from losant._rendering import SUCCESS
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.workflow_devices import delete_workflow_device


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Remove a device with its deployments; its tokens are refused from here on."""
    device_id = path_id(call.request, "deviceId", "device")
    delete_workflow_device(call.service, call.caller.workspace, device_id, source_of(call.caller), call.now)
    return SUCCESS
