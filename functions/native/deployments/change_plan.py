"""PATCH /api/v1/deployments/{id}/plan."""

from native._auth import for_programs
from native._deployment_answers import answer_deployment
from native._wire_plans import parse_phases
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response
from sluiceway.usecases.change_plan import change_phases
from sluiceway.usecases.key_sessions import KeySession


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Change when phases open that are not open yet, and their gates.

    The body has all phases of the plan, as the deployment shows them. Those that are open have to be as they are, and
    so has the share of each, since it is settled which device is in which phase.
    """
    deployment_id = path_id(call.request)
    phases = parse_phases(call.request)
    change_phases(call.service, call.caller.workspace, deployment_id, phases, call.now, by=call.caller.key_id)
    return answer_deployment(call, deployment_id)
