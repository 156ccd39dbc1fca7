"""GET /agent/v1/deployments: what a device is to have, and to remove (contract 8.5)."""

from miru._agent_auth import for_devices
from miru._lists import parse_listing
from miru._versions import Version
from miru._wire_agent import DEPLOYMENT, deployments_json, parse_activities, wanted_parts
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_deliveries import load_parts
from sluiceway.usecases.config_state import ConfigState
from sluiceway.usecases.config_sync import deployments_at, hand_over


@for_devices
def handler(call: Call[ConfigState]) -> Response:
    """Answer a part of the device's deployments, each marked as handed over before."""
    listing = parse_listing(call.request, DEPLOYMENT)
    page, total = listing.page(deployments_at(call.caller, parse_activities(call.request)))
    handed = hand_over(call.service, call.caller, page, call.now)
    workspace, expansions = call.caller.device.workspace, listing.expansions
    parts = load_parts(call.service, workspace, handed, wanted_parts(expansions))
    return as_json(listing.envelope(Version.TETONS, total, deployments_json(handed, expansions, parts)))
