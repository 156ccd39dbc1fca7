"""POST /api/v1/deployments/{id}/next-phase."""

from native._auth import for_programs
from native._deployment_answers import answer_deployment
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response
from sluiceway.usecases.key_sessions import KeySession
from sluiceway.usecases.steer_deployment import open_next_phase


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Have the next phase opened, whatever its start and the gate before it say."""
    deployment_id = path_id(call.request)
    open_next_phase(call.service, call.caller.workspace, deployment_id, call.caller.key_id, call.now)
    return answer_deployment(call, deployment_id)
