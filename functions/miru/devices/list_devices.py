"""GET /devices (contract 4)."""

from miru._auth import Program, for_programs, rendering
from miru._lists import parse_listing
from miru._wire_devices import DEVICE, device_json, find_devices
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer a part of the devices that pass the filters."""
    listing = parse_listing(call.request, DEVICE)
    page, total = find_devices(rendering(call), call.request, listing)
    shown = [device_json(rendering(call), device) for device in page]
    return as_json(listing.envelope(call.caller.version, total, shown))
