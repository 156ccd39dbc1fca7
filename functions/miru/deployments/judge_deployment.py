"""POST /deployments/{deployment_id}/validate: the verdict of the workspace's own validation (contract 7.2)."""

from miru._auth import Program, for_programs, rendering
from miru._expansion import parse_expansions
from miru._wire_deployments import DEPLOYMENT, deployment_json, parse_verdict, verdict_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_deployments import get_config_deployment, judge_config_deployment


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer what the verdict did, and the deployment as it is then."""
    deployment_id = call.request.parameters["deployment_id"]
    before = get_config_deployment(call.service, call.caller.workspace, deployment_id)
    expansions = parse_expansions(call.request, DEPLOYMENT[call.caller.version])
    verdict = parse_verdict(call.request, before)
    effect, after = judge_config_deployment(call.service, call.caller.workspace, deployment_id, verdict, call.now)
    return as_json(verdict_json(effect, deployment_json(rendering(call), after, expansions)))
