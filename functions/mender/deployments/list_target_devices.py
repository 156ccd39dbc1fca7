"""GET /deployments/{id}/device_list: the ids of the targeted devices (contract 4.2)."""

from mender._auth import for_users
from mender._parameters import path_uuid
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.deployment_devices import target_ids
from sluiceway.usecases.deployments import load_software
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 200 with each id once."""
    progress = load_software(call.service, call.caller.workspace, path_uuid(call.request))
    return as_json(list(target_ids(call.service, progress)))
