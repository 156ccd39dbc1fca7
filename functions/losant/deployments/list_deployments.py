"""GET /applications/{applicationId}/edge/deployments (contract 2.1)."""

from losant._auth import for_programs
from losant._rendering import rendering
from losant._wire_deployments import PLACE, deployment_json, parse_slots
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.workflow_slots import list_workflow_slots


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Answer a page of the records that pass the filters."""
    listing, slots = parse_slots(call.request)
    page = list_workflow_slots(call.service, call.caller.workspace, slots)
    shown = rendering(call)
    items = [deployment_json(shown, slot, call.now) for slot in page.slots]
    filters = {"deviceId": slots.device_id, "flowId": slots.workflow_id, "version": slots.version}
    return as_json(listing.envelope(shown, "edgeDeployments", items, page.total, place=PLACE, echoes=filters))
