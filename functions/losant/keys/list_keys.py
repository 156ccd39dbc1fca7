"""GET /applications/{applicationId}/keys (contract 5.4)."""

from losant._auth import for_programs
from losant._lists import parse_listing
from losant._rendering import rendering
from losant._wire_keys import FILTER_FIELDS, PLACE, SORT_FIELDS, key_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.access_keys import list_access_keys
from sluiceway.usecases.application_tokens import ApplicationSession


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Answer a page of the application's keys, without their secrets."""
    listing = parse_listing(call.request, [*SORT_FIELDS], default="name", filter_fields=FILTER_FIELDS)
    found, total = listing.cut(list_access_keys(call.service, call.caller.workspace), SORT_FIELDS)
    shown = rendering(call)
    items = [key_json(shown, key) for key in found]
    return as_json(listing.envelope(shown, "applicationKeys", items, total, place=PLACE))
