"""What all calls have in common that change one deployment (contract 3.2, 5.1)."""

from __future__ import annotations

from miru._auth import Program, rendering
from miru._expansion import parse_expansions
from miru._wire_deployments import DEPLOYMENT, deployment_json
from sluiceway.domain.config_deployment import Command
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_deployments import change_config_deployment, get_config_deployment


def answer_change(call: Call[Program], command: Command) -> Response:
    """Do as the caller wants of the deployment in the path, and answer it as it is then.

    What is to be expanded is looked at once the deployment is known, and before anything is changed.
    """
    workspace, deployment_id = call.caller.workspace, call.request.parameters["deployment_id"]
    get_config_deployment(call.service, workspace, deployment_id)
    expansions = parse_expansions(call.request, DEPLOYMENT[call.caller.version])
    changed = change_config_deployment(call.service, workspace, deployment_id, command, call.now)
    return as_json(deployment_json(rendering(call), changed, expansions))
