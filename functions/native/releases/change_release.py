"""PATCH /api/v1/releases/{id}: whether the workspace validates its deployments (miru contract 5.2, 7)."""

from native._auth import for_programs
from native._wire_releases import parse_custom_validation, release_json
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_releases import set_custom_validation
from sluiceway.usecases.key_sessions import KeySession


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Answer the release with what was set."""
    custom, release_id = parse_custom_validation(call.request), path_id(call.request)
    return as_json(
        release_json(set_custom_validation(call.service, call.caller.workspace, release_id, call.now, custom=custom))
    )
