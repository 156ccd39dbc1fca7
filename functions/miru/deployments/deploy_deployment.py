"""POST /deployments/{deployment_id}/deploy: send a staged deployment to its device (contract 6.4)."""

from miru._auth import Program, for_programs
from miru._changes import answer_change
from sluiceway.domain.config_deployment import Deploy
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer the deployment on its way; who calls in the newest version approves it with that."""
    return answer_change(call, Deploy(approves=call.caller.version.is_tetons))
