"""POST /deployments: stage a deployment, or patch what the device has (contract 5.1, 6.3)."""

from miru._auth import Program, for_programs, once, rendering
from miru._expansion import parse_expansions
from miru._wire_deployments import DEPLOYMENT, deployment_json, needed_scope, parse_new_deployment
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.create_config_deployment import create_config_deployment


@for_programs
def handler(call: Call[Program]) -> Response:
    """Create a deployment of named instances, or, in the older versions, of new ones."""
    expansions = parse_expansions(call.request, DEPLOYMENT[call.caller.version])
    new = parse_new_deployment(call.request, call.caller.version)
    call.caller.session.require("deployments:write", needed_scope(new))
    made = create_config_deployment(call.service, call.caller.workspace, new, call.now, once=once(call))
    return as_json(deployment_json(rendering(call), made, expansions))
