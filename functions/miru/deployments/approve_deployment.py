"""POST /deployments/{deployment_id}/approve: let a pending deployment be deployed (contract 5.1, 6.2 row 12)."""

from miru._auth import Program, for_programs
from miru._changes import answer_change
from sluiceway.domain.config_deployment import Approve
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer the deployment, approved."""
    return answer_change(call, Approve())
