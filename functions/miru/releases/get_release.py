"""GET /releases/{release_id}."""

from miru._auth import Program, for_programs, rendering
from miru._expansion import parse_expansions
from miru._wire_releases import RELEASE, releases_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_releases import get_config_release


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer a release."""
    found = get_config_release(call.service, call.caller.workspace, call.request.parameters["release_id"])
    (shown,) = releases_json(rendering(call), [found], parse_expansions(call.request, RELEASE[call.caller.version]))
    return as_json(shown)
