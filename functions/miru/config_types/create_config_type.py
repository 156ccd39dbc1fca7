"""POST /config_types (contract 5.5)."""

from miru._auth import Program, for_programs, rendering
from miru._expansion import refuse_expansions
from miru._wire_config_types import config_type_json, parse_new_type
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_types import create_config_type


@for_programs
def handler(call: Call[Program]) -> Response:
    """Make a config type; no two have the same slug."""
    refuse_expansions(call.request)
    made = create_config_type(call.service, call.caller.workspace, parse_new_type(call.request), call.now)
    return as_json(config_type_json(rendering(call), made))
