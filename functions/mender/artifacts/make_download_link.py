"""GET /artifacts/{id}/download: a link that needs no credentials (contract 2.6)."""

from mender._auth import for_users
from mender._parameters import path_uuid
from mender._wire_artifacts import link_json, parse_link_life
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.artifacts import get_artifact
from sluiceway.usecases.links import user_link
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer the link and when it ends."""
    artifact_id, life = path_uuid(call.request), parse_link_life(call.request)
    artifact = get_artifact(call.service, call.caller.workspace, artifact_id)
    return as_json(link_json(user_link(call.service, call.request.origin, artifact, life, call.now)))
