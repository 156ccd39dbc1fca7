"""GET /agent/v1/device (contract 8.4)."""

from miru._agent_auth import for_devices
from miru._wire_agent import own_device_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_state import ConfigState


@for_devices
def handler(call: Call[ConfigState]) -> Response:
    """Answer the device that calls."""
    return as_json(own_device_json(call.caller.device, call.now))
