"""POST /deployments/{deployment_id}/stage: stage a drifted deployment again, as it is (contract 6.2 row 9)."""

from miru._auth import Program, for_programs
from miru._changes import answer_change
from sluiceway.domain.config_deployment import Restage
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer the deployment, staged and approved."""
    return answer_change(call, Restage())
