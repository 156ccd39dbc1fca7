"""GET /device/deployments/{id}/update_control_map: a device asks where to halt now (contract 9.6)."""

from mender._auth import for_devices
from mender._parameters import path_uuid
from mender._wire_control_maps import control_map_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.control_maps import read_control_map
from sluiceway.usecases.sessions import DeviceSession


@for_devices
def handler(call: Call[DeviceSession]) -> Response:
    """Answer 200 with the map, or 404 when the device must stop and roll back."""
    deployment_id = path_uuid(call.request)
    control_map = read_control_map(call.service, call.caller, deployment_id)
    return as_json({"update_control_map": control_map_json(control_map, deployment_id)})
