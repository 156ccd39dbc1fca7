"""POST /releases."""

from miru._auth import Program, for_programs, rendering
from miru._expansion import parse_expansions
from miru._wire_releases import RELEASE, parse_new_release, releases_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_releases import create_config_release


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer the release; one of the same version, schemas and commit stays as it is."""
    expansions = parse_expansions(call.request, RELEASE[call.caller.version])
    made = create_config_release(call.service, call.caller.workspace, parse_new_release(call.request), call.now)
    (shown,) = releases_json(rendering(call), [made], expansions)
    return as_json(shown)
