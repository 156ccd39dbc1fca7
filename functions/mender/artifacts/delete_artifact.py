"""DELETE /artifacts/{id} (contract 2.5)."""

from mender._auth import for_users
from mender._parameters import path_uuid
from sluiceway.http.endpoint import Call
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.delete_artifact import delete_artifact
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Remove the artifact and its bytes."""
    delete_artifact(call.service, call.caller.workspace, path_uuid(call.request), call.now)
    return NO_CONTENT
