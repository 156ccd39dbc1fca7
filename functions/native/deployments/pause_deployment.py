"""POST /api/v1/deployments/{id}/pause."""

from native._auth import for_programs
from native._deployment_answers import answer_deployment
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response
from sluiceway.usecases.key_sessions import KeySession
from sluiceway.usecases.steer_deployment import pause_deployment


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Stop offering, from the next poll of any device on; what was offered goes on.

    It is in the history, and told by an event, only while an execution controls the deployment: see its `events`.
    """
    deployment_id = path_id(call.request)
    pause_deployment(call.service, call.caller.workspace, deployment_id, call.caller.key_id, call.now)
    return answer_deployment(call, deployment_id)
