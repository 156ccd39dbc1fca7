"""GET /releases (contract 4)."""

from miru._auth import Program, for_programs, rendering
from miru._lists import parse_listing
from miru._wire_releases import RELEASE, releases_json, releases_listing
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_releases import list_config_releases


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer a part of the releases that pass the filters."""
    listing = parse_listing(call.request, RELEASE[call.caller.version])
    page = list_config_releases(call.service, call.caller.workspace, releases_listing(call.request, listing))
    shown = releases_json(rendering(call), page.records, listing.expansions)
    return as_json(listing.envelope(call.caller.version, page.total, shown))
