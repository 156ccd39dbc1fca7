"""POST /api/v1/deployments/{id}/approve."""

from native._auth import for_programs
from native._deployment_answers import answer_deployment
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response
from sluiceway.usecases.key_sessions import KeySession
from sluiceway.usecases.steer_deployment import approve_phase


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Approve the newest open phase; an approval that comes early is kept until its gate waits for it."""
    deployment_id = path_id(call.request)
    approve_phase(call.service, call.caller.workspace, deployment_id, call.caller.key_id, call.now)
    return answer_deployment(call, deployment_id)
