"""GET /config_schemas/{config_schema_id}."""

from miru._auth import Program, for_programs, rendering
from miru._expansion import parse_expansions
from miru._wire_config_schemas import CONFIG_SCHEMA, schemas_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_schemas import get_config_schema


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer a config schema."""
    found = get_config_schema(call.service, call.caller.workspace, call.request.parameters["config_schema_id"])
    (shown,) = schemas_json(
        rendering(call), [found], parse_expansions(call.request, CONFIG_SCHEMA[call.caller.version])
    )
    return as_json(shown)
