"""PUT /device/deployments/{id}/log: a device hands in its log (contract 9.5)."""

from mender._auth import for_devices
from mender._parameters import path_uuid
from mender._wire_reports import parse_log
from sluiceway.http.endpoint import Call
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.device_logs import store_log
from sluiceway.usecases.sessions import DeviceSession


@for_devices
def handler(call: Call[DeviceSession]) -> Response:
    """Answer 204; a second log replaces the first."""
    deployment_id = path_uuid(call.request)
    store_log(call.service, call.caller, deployment_id, parse_log(call.request), call.now)
    return NO_CONTENT
