"""POST /artifacts/generate: a plain file becomes an artifact that installs it (contract 4.1)."""

from mender._auth import for_users
from mender._wire_generation import form_faults, parse_generation
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, created
from sluiceway.usecases.generate_artifact import generate_artifact
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Make the artifact and answer where it is; nothing is left to be done after that."""
    file = parse_generation(call.request)
    with form_faults():
        artifact = generate_artifact(call.service, call.caller.workspace, file, call.now)
    return created(f"/api/management/v1/deployments/artifacts/{artifact.id}")
