"""POST /deployments: create a deployment (contract 2.7)."""

from mender._auth import for_users
from mender._wire_deployments import parse_definition
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, created
from sluiceway.usecases.create_deployment import create_deployment
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 201 with where the deployment is."""
    definition = parse_definition(call.request)
    deployment_id = create_deployment(call.service, call.caller.workspace, definition, call.now)
    return created(f"/api/management/v1/deployments/deployments/{deployment_id}")
