"""PUT /artifacts/{id}: change the description of an unused artifact (contract 2.4)."""

from mender._auth import for_users
from mender._parameters import path_uuid
from mender._wire_artifact_edits import parse_description
from sluiceway.http.endpoint import Call
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.usecases.describe_artifact import describe_artifact
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 204; `modified` is now."""
    artifact_id, description = path_uuid(call.request), parse_description(call.request)
    describe_artifact(call.service, call.caller.workspace, artifact_id, description, call.now)
    return NO_CONTENT
