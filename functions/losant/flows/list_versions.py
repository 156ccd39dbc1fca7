"""GET /applications/{applicationId}/flows/{flowId}/versions (contract 5.5)."""

from losant._auth import for_programs
from losant._ids import path_id
from losant._lists import parse_listing
from losant._rendering import rendering
from losant._wire_flows import VERSION_FIELDS, version_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.workflow_versions import list_workflow_versions


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Answer a page of a flow's versions, without their contents."""
    flow_id = path_id(call.request, "flowId", "workflow")
    listing = parse_listing(call.request, [*VERSION_FIELDS], default="version", filter_fields=["version"])
    page = list_workflow_versions(call.service, call.caller.workspace, flow_id, listing.of_objects(VERSION_FIELDS))
    shown = rendering(call)
    items = [version_json(shown, version) for version in page.objects]
    place, filters = f"/flows/{flow_id}/versions", {"flowId": flow_id}
    return as_json(listing.envelope(shown, "flowVersions", items, page.total, place=place, echoes=filters))
