"""PATCH /releases/{release_id}: whether its deployments are validated by the workspace itself (contract 5.2, 7)."""

from miru._auth import Program, for_programs, rendering
from miru._expansion import parse_expansions
from miru._wire_releases import RELEASE, parse_release_change, release_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_releases import get_config_release, set_custom_validation


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer the release with what was set."""
    workspace, release_id = call.caller.workspace, call.request.parameters["release_id"]
    get_config_release(call.service, workspace, release_id)
    expansions = parse_expansions(call.request, RELEASE[call.caller.version])
    custom = parse_release_change(call.request)
    changed = set_custom_validation(call.service, workspace, release_id, call.now, custom=custom)
    shown = release_json(rendering(call), changed, expansions)
    return as_json({**shown, "custom_validation": changed.custom_validation})
