"""GET /deployments (contract 4)."""

from miru._auth import Program, for_programs, rendering
from miru._lists import filter_values, parse_listing
from miru._wire_deployments import DEPLOYMENT, deployments_json, wanted_deployments
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_lists import find_config_deployments, load_config_deployments


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer the part of the deployments that pass the filters which is asked for."""
    listing = parse_listing(call.request, DEPLOYMENT[call.caller.version])
    is_wanted = wanted_deployments(call.request, call.caller.version)
    ids, device_ids = filter_values(call.request, "id"), filter_values(call.request, "device_id")
    found = find_config_deployments(
        call.service, call.caller.workspace, is_wanted, ids=ids, device_ids=device_ids, reach=listing.reach
    )
    page, total = listing.page(found)
    whole = load_config_deployments(call.service, page)
    return as_json(
        listing.envelope(call.caller.version, total, deployments_json(rendering(call), whole, listing.expansions))
    )
