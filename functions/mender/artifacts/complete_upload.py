"""POST /artifacts/directupload/{id}/complete: it is all there (contract 4.1)."""

from mender._auth import for_users
from mender._parameters import path_uuid
from mender._wire_direct_uploads import check_hint
from sluiceway.http.endpoint import Call
from sluiceway.http.response import ACCEPTED, Response
from sluiceway.usecases.direct_uploads import complete_upload
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 202; the file is verified after that."""
    upload_id = path_uuid(call.request)
    check_hint(call.request)
    complete_upload(call.service, call.caller.workspace, upload_id, call.now)
    return ACCEPTED
