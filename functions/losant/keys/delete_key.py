"""DELETE /applications/{applicationId}/keys/{applicationKeyId} (contract 5.4)."""

from losant._auth import for_programs
from losant._ids import path_id
from losant._rendering import SUCCESS
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.access_keys import remove_access_key
from sluiceway.usecases.application_tokens import ApplicationSession


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Delete a key: the tokens that it was shown for are refused from here on."""
    key_id = path_id(call.request, "applicationKeyId", "access key")
    remove_access_key(call.service, call.caller.workspace, key_id)
    return SUCCESS
