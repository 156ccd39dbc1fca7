"""GET /applications/{applicationId}/devices/{deviceId}/edge/desired (contract 6.2 a)."""

from losant._auth import for_devices
from losant._wire_edge import desired_json
from sluiceway.http.endpoint import Call
from sluiceway.http.preconditions import is_seen, strong_etag
from sluiceway.http.response import NOT_MODIFIED, Response, as_json
from sluiceway.usecases.device_workflows import describe_wanted, wanted_state
from sluiceway.usecases.workflow_device_sessions import WorkflowDeviceSession


@for_devices
def handler(call: Call[WorkflowDeviceSession]) -> Response:
    """Answer all that the device is to run, or 304 when it has seen that."""
    wanted = wanted_state(call.service, call.caller)
    tag = strong_etag(wanted.etag)
    if is_seen(call.request, wanted.etag):
        return NOT_MODIFIED.with_headers(tag)
    described = describe_wanted(call.service, wanted)
    return as_json(desired_json(call.caller.device, described)).with_headers(tag)
