"""POST /deployments/statistics/list: how many devices stand where, in several deployments (contract 4.2)."""

from mender._auth import for_users
from mender._wire_deployments import parse_deployment_ids, statistics_list_json
from sluiceway.domain.errors import NoSuchDeployment
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.deployments import find_many
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 200 with the counters of those deployments that exist, 404 when none of them does."""
    wanted = parse_deployment_ids(call.request)
    every = find_many(call.service, call.caller.workspace, wanted)
    found = [progress for progress in every if not progress.deployment.is_pushed]
    if wanted and not found:
        raise NoSuchDeployment("none of the deployments exists")
    return as_json(statistics_list_json(found))
