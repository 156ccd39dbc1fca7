"""GET /artifacts/directupload/{id}: what became of it, and why it is no artifact (contract 4.1)."""

from mender._auth import for_users
from mender._parameters import path_uuid
from mender._wire_direct_uploads import upload_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.direct_uploads import get_upload
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer the upload's state, for a week."""
    upload = get_upload(call.service, call.caller.workspace, path_uuid(call.request), call.now)
    return as_json(upload_json(upload))
