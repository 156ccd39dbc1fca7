"""POST /deployments/{deployment_id}/reject: turn down a deployment that waits for approval (contract 5.1)."""

from miru._auth import Program, for_programs
from miru._changes import answer_change
from sluiceway.domain.config_deployment import Archive
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer the deployment, archived; one that is being validated has to be waited for."""
    return answer_change(call, Archive(spares_validating=True))
