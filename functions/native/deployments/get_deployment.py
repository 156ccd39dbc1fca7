"""GET /api/v1/deployments/{id}."""

from native._auth import for_programs
from native._deployment_answers import answer_deployment
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response
from sluiceway.usecases.key_sessions import KeySession


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Answer one deployment, with its plan and how far each phase has come.

    One that was made in the Mender dialect is the same deployment here: its phases, retries and limit read as a plan.
    """
    return answer_deployment(call, path_id(call.request))
