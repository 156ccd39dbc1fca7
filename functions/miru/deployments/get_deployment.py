"""GET /deployments/{deployment_id}."""

from miru._auth import Program, for_programs, rendering
from miru._expansion import parse_expansions
from miru._wire_deployments import DEPLOYMENT, deployment_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_deployments import get_config_deployment


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer a deployment as it stands."""
    deployment_id = call.request.parameters["deployment_id"]
    found = get_config_deployment(call.service, call.caller.workspace, deployment_id)
    return as_json(
        deployment_json(rendering(call), found, parse_expansions(call.request, DEPLOYMENT[call.caller.version]))
    )
