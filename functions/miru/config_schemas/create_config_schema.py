"""POST /config_schemas."""

from miru._auth import Program, for_programs, rendering
from miru._expansion import parse_expansions
from miru._wire_config_schemas import CONFIG_SCHEMA, parse_new_schema, schemas_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_schemas import create_config_schema


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer the schema; one that says the same of the same files stays as it is."""
    expansions = parse_expansions(call.request, CONFIG_SCHEMA[call.caller.version])
    made = create_config_schema(call.service, call.caller.workspace, parse_new_schema(call.request), call.now)
    (shown,) = schemas_json(rendering(call), [made], expansions)
    return as_json(shown)
