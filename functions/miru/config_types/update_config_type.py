"""PATCH /config_types/{config_type_id}: its name; its slug stays (contract 5.5)."""

from miru._auth import Program, for_programs, rendering
from miru._expansion import refuse_expansions
from miru._wire_config_types import config_type_json, parse_type_change
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_types import get_config_type, update_config_type


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer the config type as it is then."""
    workspace, type_id = call.caller.workspace, call.request.parameters["config_type_id"]
    get_config_type(call.service, workspace, type_id)
    refuse_expansions(call.request)
    changed = update_config_type(call.service, workspace, type_id, parse_type_change(call.request), call.now)
    return as_json(config_type_json(rendering(call), changed))
