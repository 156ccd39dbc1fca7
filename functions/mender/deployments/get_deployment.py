"""GET /deployments/{id}: one deployment (contract 2.14)."""

from mender._auth import for_users
from mender._parameters import path_uuid
from mender._wire_deployments import deployment_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.deployments import load_software
from sluiceway.usecases.finishing import artifact_ids, settle
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 200 with the deployment as it stands."""
    found = load_software(call.service, call.caller.workspace, path_uuid(call.request))
    (progress,) = settle(call.service, [found])
    return as_json(deployment_json(progress, artifact_ids(call.service, progress.deployment)))
