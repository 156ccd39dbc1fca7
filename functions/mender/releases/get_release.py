"""GET v2 /deployments/releases/{name} (contract 4.3)."""

from mender._auth import for_users
from mender._wire_releases import release_json_v2
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.find_releases import get_release
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer the release with its artifacts."""
    return as_json(release_json_v2(get_release(call.service, call.caller.workspace, call.request.parameters["name"])))
