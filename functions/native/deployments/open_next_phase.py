"""POST /api/v1/deployments/{id}/next-phase."""

from native._auth import for_programs
from native._deployment_answers import answer_deployment
from native._wire_commands import parse_meant_phase
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response
from sluiceway.usecases.key_sessions import KeySession
from sluiceway.usecases.steer_deployment import open_next_phase


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Have the next phase opened, whatever its own start and the gate before it say.

    Before the `start` of the plan nothing is offered, and after its `end` nobody is let in: then this is refused.

    A `phase` says which one is meant, and makes it safe to send the same again: one whose opening was asked for is
    answered as it stands, and another one that would not open next is refused with `deployment_state`.
    """
    caller, deployment_id, phase = call.caller, path_id(call.request), parse_meant_phase(call.request)
    open_next_phase(call.service, caller.workspace, deployment_id, caller.key_id, call.now, phase=phase)
    return answer_deployment(call, deployment_id)
