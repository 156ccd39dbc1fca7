"""GET /config_schemas (contract 4)."""

from miru._auth import Program, for_programs, rendering
from miru._lists import parse_listing
from miru._wire_config_schemas import CONFIG_SCHEMA, schemas_json, schemas_listing
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_schemas import list_config_schemas


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer a part of the config schemas that pass the filters."""
    listing = parse_listing(call.request, CONFIG_SCHEMA[call.caller.version])
    page = list_config_schemas(call.service, call.caller.workspace, schemas_listing(call.request, listing))
    shown = schemas_json(rendering(call), page.records, listing.expansions)
    return as_json(listing.envelope(call.caller.version, page.total, shown))
