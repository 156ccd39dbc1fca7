"""PUT /device/deployments/{id}/status: a device says where it stands (contract 9.4)."""

from mender._auth import for_devices
from mender._parameters import path_uuid
from mender._wire_reports import parse_report
from sluiceway.http.endpoint import Call
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.report_status import report_status
from sluiceway.usecases.sessions import DeviceSession


@for_devices
def handler(call: Call[DeviceSession]) -> Response:
    """Answer 204, or 409 when the device must stop and roll back."""
    deployment_id = path_uuid(call.request)
    report_status(call.service, call.caller, deployment_id, parse_report(call.request), call.now)
    return NO_CONTENT
