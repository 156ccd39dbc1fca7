"""GET /agent/v1/deployments/{deployment_id} (contract 8.5)."""

from miru._agent_auth import for_devices
from miru._expansion import parse_expansions
from miru._wire_agent import DEPLOYMENT, deployments_json, wanted_parts
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_deliveries import load_parts
from sluiceway.usecases.config_state import ConfigState
from sluiceway.usecases.config_sync import deployment_for_device


@for_devices
def handler(call: Call[ConfigState]) -> Response:
    """Answer a deployment of the device, whatever has become of it."""
    expansions = parse_expansions(call.request, DEPLOYMENT)
    deployment = deployment_for_device(call.service, call.caller, call.request.parameters["deployment_id"], call.now)
    parts = load_parts(call.service, deployment.workspace, [deployment], wanted_parts(expansions))
    (shown,) = deployments_json([deployment], expansions, parts)
    return as_json(shown)
