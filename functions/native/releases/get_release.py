"""GET /api/v1/releases/{id}."""

from native._auth import for_programs
from native._wire_releases import release_json
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_releases import get_config_release
from sluiceway.usecases.key_sessions import KeySession


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Answer a release of configurations, and whether the workspace validates its deployments."""
    return as_json(release_json(get_config_release(call.service, call.caller.workspace, path_id(call.request))))
