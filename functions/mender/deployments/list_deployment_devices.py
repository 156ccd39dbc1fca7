"""GET /deployments/{id}/devices: every targeted device (contract 2.10)."""

from mender._auth import for_users
from mender._parameters import path_uuid
from mender._wire_deployment_devices import device_deployment_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.deployment_devices import deployment_devices
from sluiceway.usecases.deployments import load_software
from sluiceway.usecases.releases import load_artifacts
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 200 with all devices, those that have not asked yet as pending, sorted by status and id."""
    workspace = call.caller.workspace
    progress = load_software(call.service, workspace, path_uuid(call.request))
    rows = deployment_devices(call.service, progress)
    artifacts = load_artifacts(call.service, workspace, {row.artifact_id for row in rows if row.artifact_id})
    return as_json([device_deployment_json(row, progress.deployment, artifacts) for row in rows])
