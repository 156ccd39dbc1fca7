"""GET /agent/v1/releases/{release_id} (contract 8.5)."""

from miru._agent_auth import for_devices
from miru._records import release_record
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_deliveries import release_for_device
from sluiceway.usecases.config_state import ConfigState


@for_devices
def handler(call: Call[ConfigState]) -> Response:
    """Answer the release of one of the device's deployments."""
    release_id = call.request.parameters["release_id"]
    return as_json(release_record(release_for_device(call.service, call.caller, release_id)))
