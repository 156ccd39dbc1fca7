"""POST /api/v1/deployments/{id}/abort."""

from native._auth import for_programs
from native._deployment_answers import answer_deployment
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.key_sessions import KeySession


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """End the deployment for every device that has not ended; from then on no report for it is accepted.

    It is in the history, and told by an event, only while an execution controls the deployment: see its `events`.

    What was pushed, configuration or a workflow, is taken back soon after from each device that has not reported that
    it has it, also from one that failed or timed out: it gets what it had before, or what was pushed is taken off it
    again. What a device has reported that it has stays: a roll back takes that back. Of a roll back that is aborted, a
    device that has not reported that it is back gets again what it had before the roll back.
    """
    deployment_id = path_id(call.request)
    abort_deployment(call.service, call.caller.workspace, deployment_id, call.now, by=call.caller.key_id)
    return answer_deployment(call, deployment_id)
