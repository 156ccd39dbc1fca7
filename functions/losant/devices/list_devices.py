"""GET /applications/{applicationId}/devices (contract 5.3)."""

from losant._auth import for_programs
from losant._lists import OBJECT_FIELDS, parse_listing
from losant._rendering import rendering
from losant._wire_devices import BY_CONNECTION, PLACE, device_json, parse_device_filter
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.workflow_devices import (
    get_workflow_devices,
    list_workflow_devices,
    list_workflow_devices_by_connection,
)


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Answer a page of the devices that pass the filters."""
    listing = parse_listing(call.request, [*OBJECT_FIELDS, BY_CONNECTION], default="name", filter_fields=["name"])
    wanted, workspace = parse_device_filter(call.request), call.caller.workspace
    if listing.sort_field == BY_CONNECTION:
        page = list_workflow_devices_by_connection(call.service, workspace, wanted, listing.of_objects(), call.now)
    else:
        page = list_workflow_devices(call.service, workspace, wanted, listing.of_objects())
    described = get_workflow_devices(call.service, workspace, [device.id for device in page.objects])
    shown = rendering(call)
    items = [device_json(shown, each, call.now) for each in described]
    return as_json(listing.envelope(shown, "devices", items, page.total, place=PLACE))
