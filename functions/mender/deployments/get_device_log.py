"""GET /deployments/{id}/devices/{device_id}/log: what a device logged (contract 2.11)."""

from mender._auth import for_users
from mender._parameters import path_uuid
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response, as_text
from sluiceway.usecases.device_logs import read_log
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 200 with plain text, one line per message."""
    deployment_id, device_id = path_uuid(call.request), path_id(call.request, "device_id")
    text = read_log(call.service, call.caller.workspace, deployment_id, device_id)
    return as_text(text, "text/plain; charset=utf-8")
