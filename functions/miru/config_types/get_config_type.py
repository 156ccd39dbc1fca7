"""GET /config_types/{config_type_id}."""

from miru._auth import Program, for_programs, rendering
from miru._expansion import refuse_expansions
from miru._wire_config_types import config_type_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_types import get_config_type


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer a config type."""
    found = get_config_type(call.service, call.caller.workspace, call.request.parameters["config_type_id"])
    refuse_expansions(call.request)
    return as_json(config_type_json(rendering(call), found))
