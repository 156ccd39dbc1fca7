"""POST /applications/{applicationId}/devices/{deviceId}/edge/report (contract 6.2 c)."""

from losant._auth import for_devices
from losant._wire_edge import parse_report
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.device_workflows import report_workflows
from sluiceway.usecases.workflow_device_sessions import WorkflowDeviceSession


@for_devices
def handler(call: Call[WorkflowDeviceSession]) -> Response:
    """Take what the device runs, and name the flows that nobody knows."""
    ignored = report_workflows(call.service, call.caller, parse_report(call.request), call.now)
    return as_json({"success": True, "ignored": ignored})
