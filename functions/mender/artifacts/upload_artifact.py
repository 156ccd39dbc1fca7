"""POST /artifacts: a file becomes an artifact (contract 2.1)."""

from mender._auth import for_users
from mender._wire_uploads import parse_upload
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, created
from sluiceway.usecases.sessions import UserSession
from sluiceway.usecases.upload_artifact import upload_artifact


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Store the file and answer where the artifact is."""
    upload = parse_upload(call.request)
    artifact = upload_artifact(call.service, call.caller.workspace, upload, call.now)
    return created(f"{call.request.path}/{artifact.id}")
