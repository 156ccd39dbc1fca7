"""POST /api/v1/deployments/{id}/resume."""

from native._auth import for_programs
from native._deployment_answers import answer_deployment
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response
from sluiceway.usecases.key_sessions import KeySession
from sluiceway.usecases.steer_deployment import resume_deployment


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Go on offering. After a breached gate this overrules all that is wrong now, until it is worse.

    Of what has ended in the pause nothing is overruled: the roll back follows that a gate asked for meanwhile, while
    the deployment says so (`awaits_resume`). Where none is to follow, it is refused.

    It is in the history, and told by an event, only while an execution controls the deployment: see its `events`.
    """
    deployment_id = path_id(call.request)
    resume_deployment(call.service, call.caller.workspace, deployment_id, call.caller.key_id, call.now)
    return answer_deployment(call, deployment_id)
