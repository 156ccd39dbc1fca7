"""GET /agent/v1/config_instances/{config_instance_id}/content: the bytes of a file (contract 8.5)."""

from miru._agent_auth import for_devices
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_text
from sluiceway.usecases.config_deliveries import content_for_device
from sluiceway.usecases.config_state import ConfigState


@for_devices
def handler(call: Call[ConfigState]) -> Response:
    """Answer the content of an instance that was ever handed over to the device."""
    instance_id = call.request.parameters["config_instance_id"]
    return as_text(content_for_device(call.service, call.caller, instance_id), "application/json")
