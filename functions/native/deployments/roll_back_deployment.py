"""POST /api/v1/deployments/{id}/roll-back."""

from native._auth import for_programs
from native._deployment_answers import answer_new_deployment
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response
from sluiceway.usecases.key_sessions import KeySession
from sluiceway.usecases.roll_back import roll_back


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Abort the deployment if it goes on, and answer the one that gives its devices back what they had.

    There is only one, however often this is called, until that is aborted, or has ended with a device that failed, has
    timed out or had no artifact: then another is made, which leaves alone who was given it back already. It goes ahead
    of all that a device was not offered yet, however urgent, and of further attempts, and ends nothing of that; what
    the device works on goes on first. Its attempts and deadlines are those of the deployment that it undoes.

    Who has something newer keeps that, and counts as `superseded`, for good: of two deployments roll back the newer one
    first. What a device had before must still be there for it.
    """
    caller = call.caller
    made = roll_back(call.service, caller.workspace, path_id(call.request), call.now, by=caller.key_id)
    return answer_new_deployment(call, made)
