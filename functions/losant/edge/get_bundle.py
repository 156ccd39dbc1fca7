"""GET /applications/{applicationId}/devices/{deviceId}/edge/bundles/{flowId} (contract 6.2 b)."""

from losant._auth import for_devices
from losant._ids import path_id
from losant._wire_edge import bundle_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.device_workflows import wanted_bundle
from sluiceway.usecases.workflow_device_sessions import WorkflowDeviceSession


@for_devices
def handler(call: Call[WorkflowDeviceSession]) -> Response:
    """Answer a link to what is wanted of a flow."""
    flow_id = path_id(call.request, "flowId", "workflow slot")
    bundle = wanted_bundle(call.service, call.caller, flow_id, call.now)
    return as_json(bundle_json(flow_id, bundle))
