"""POST /deployments/{deployment_id}/reject: turn down a deployment that waits for approval (contract 5.1)."""

from miru._auth import Program, for_programs, rendering
from miru._expansion import parse_expansions
from miru._wire_deployments import DEPLOYMENT, deployment_json
from sluiceway.domain.config_deployment import Archive
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_deployments import change_config_deployment


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer the deployment, archived; one that is being validated has to be waited for."""
    deployment_id = call.request.parameters["deployment_id"]
    expansions = parse_expansions(call.request, DEPLOYMENT[call.caller.version])
    changed = change_config_deployment(
        call.service, call.caller.workspace, deployment_id, Archive(spares_validating=True), call.now
    )
    return as_json(deployment_json(rendering(call), changed, expansions))
