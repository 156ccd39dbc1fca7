"""GET /devices (contract 4)."""

from miru._auth import Program, for_programs, rendering
from miru._lists import parse_listing
from miru._wire_devices import DEVICE, device_json, wanted_devices
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_devices import list_config_devices


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer a part of the devices that pass the filters."""
    listing = parse_listing(call.request, DEVICE)
    is_wanted = wanted_devices(call.request, call.caller.version)
    found = filter(is_wanted, list_config_devices(call.service, call.caller.workspace))
    page, total = listing.page(found)
    shown = [device_json(rendering(call), device) for device in page]
    return as_json(listing.envelope(call.caller.version, total, shown))
