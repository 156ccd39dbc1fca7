"""GET /config_types (contract 4)."""

from miru._auth import Program, for_programs, rendering
from miru._lists import parse_listing
from miru._wire_config_types import CONFIG_TYPE, config_type_json, types_listing
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_types import list_config_types


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer a part of the config types that pass the filters."""
    listing = parse_listing(call.request, CONFIG_TYPE)
    page = list_config_types(call.service, call.caller.workspace, types_listing(call.request, listing))
    shown = [config_type_json(rendering(call), each) for each in page.records]
    return as_json(listing.envelope(call.caller.version, page.total, shown))
