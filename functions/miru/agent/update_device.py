"""PATCH /agent/v1/devices/{device_id} (contract 8.5)."""

from miru._agent_auth import for_devices
from miru._wire_agent import own_device_json, parse_agent_version
from sluiceway.domain.errors import NoSuchRecord
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_sessions import update_agent_version
from sluiceway.usecases.config_state import ConfigState


@for_devices
def handler(call: Call[ConfigState]) -> Response:
    """Note which version of its program the device runs now; nothing said changes nothing."""
    device_id = call.request.parameters["device_id"]
    if device_id != call.caller.device.id:
        raise NoSuchRecord("device", device_id)
    version = parse_agent_version(call.request) or call.caller.device.agent_version
    return as_json(own_device_json(update_agent_version(call.service, call.caller, version, call.now), call.now))
