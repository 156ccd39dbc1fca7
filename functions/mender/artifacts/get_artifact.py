"""GET /artifacts/{id} (contract 2.3)."""

from mender._auth import for_users
from mender._parameters import path_uuid
from mender._wire_artifacts import artifact_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.artifacts import get_artifact
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer the artifact."""
    artifact = get_artifact(call.service, call.caller.workspace, path_uuid(call.request))
    return as_json(artifact_json(artifact))
