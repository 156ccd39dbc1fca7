"""GET /applications/{applicationId}/flows (contract 5.5)."""

from losant._auth import for_programs
from losant._lists import OBJECT_FIELDS, parse_listing
from losant._rendering import rendering
from losant._wire_flows import PLACE, flow_json, parse_flow_class
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.workflows import list_workflows


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Answer a page of the flows of one class, without their contents."""
    listing = parse_listing(call.request, [*OBJECT_FIELDS], default="name", filter_fields=["name"])
    flow_class = parse_flow_class(call.request)
    page = list_workflows(call.service, call.caller.workspace, flow_class, listing.of_objects())
    shown = rendering(call)
    items = [flow_json(shown, flow) for flow in page.objects]
    return as_json(listing.envelope(shown, "flows", items, page.total, place=PLACE))
