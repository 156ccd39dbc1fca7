"""POST /artifacts/directupload: where to put an artifact that is too large for the API (contract 4.1)."""

from mender._auth import for_users
from mender._wire_direct_uploads import invitation_json, parse_size
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.direct_uploads import invite_upload
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer the link, or one for each part, and the id of the artifact to be."""
    size = parse_size(call.request)
    return as_json(invitation_json(invite_upload(call.service, call.caller.workspace, size, call.now)))
