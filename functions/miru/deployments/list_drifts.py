"""GET /deployments/{deployment_id}/drifts: what its device was given since it was staged (contract 6.6)."""

from miru._auth import Program, for_programs, rendering
from miru._lists import AS_FOUND, MOST_LIMIT, parse_listing
from miru._wire_deployments import DEPLOYMENT, deployments_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_deployments import drifts_of


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer the deployments that made this one drift, the last given first; none when it has not drifted."""
    found = drifts_of(call.service, call.caller.workspace, call.request.parameters["deployment_id"])
    known = DEPLOYMENT[call.caller.version]
    listing = parse_listing(call.request, known, default_limit=MOST_LIMIT, default_order=AS_FOUND)
    page, total = listing.page(found)
    shown = deployments_json(rendering(call), page, listing.expansions)
    return as_json(listing.envelope(call.caller.version, total, shown))
