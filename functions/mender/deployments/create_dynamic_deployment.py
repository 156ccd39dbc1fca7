"""POST /api/management/v2/deployments/deployments: create a deployment by a filter (contract 8.1, 8.4)."""

from mender._auth import for_users
from mender._wire_deployments import parse_dynamic_definition
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, created
from sluiceway.usecases.create_deployment import create_deployment
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 201 with where the deployment to whatever device meets the filter is: version 1 shows it."""
    definition = parse_dynamic_definition(call.request)
    deployment_id = create_deployment(call.service, call.caller.workspace, definition, call.now)
    return created(f"/api/management/v1/deployments/deployments/{deployment_id}")
