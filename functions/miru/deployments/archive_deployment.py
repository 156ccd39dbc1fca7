"""POST /deployments/{deployment_id}/archive: drop a deployment that was not delivered (contract 6.7)."""

from miru._auth import Program, for_programs
from miru._changes import answer_change
from sluiceway.domain.config_deployment import Archive
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer the deployment, archived."""
    return answer_change(call, Archive(spares_validating=call.caller.version.is_tetons))
