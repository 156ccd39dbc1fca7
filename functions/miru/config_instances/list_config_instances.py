"""GET /config_instances (contract 4)."""

from miru._auth import Program, for_programs, rendering
from miru._lists import parse_listing
from miru._wire_instances import INSTANCE, find_instances, instances_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer a part of the config instances that pass the filters."""
    version = call.caller.version
    listing = parse_listing(call.request, INSTANCE[version])
    found, total = find_instances(rendering(call), call.request, listing)
    shown = instances_json(rendering(call), found, listing.expansions)
    return as_json(listing.envelope(version, total, shown))
