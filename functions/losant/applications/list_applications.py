"""GET /applications (contract 5.2)."""

from losant._auth import for_programs
from losant._lists import parse_listing
from losant._rendering import APPLICATIONS, rendering
from losant._wire_applications import FILTER_FIELDS, SORT_FIELDS, application_json, parse_summary
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.application_tokens import ApplicationSession
from sluiceway.usecases.applications import load_application


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Answer the one application that the token is of, if it passes the filter."""
    listing = parse_listing(call.request, [*SORT_FIELDS], default="name", filter_fields=FILTER_FIELDS)
    application = load_application(call.service, call.caller.workspace, parse_summary(call.request))
    found, total = listing.cut([application], SORT_FIELDS)
    shown = rendering(call)
    items = [application_json(shown, each) for each in found]
    return as_json(listing.envelope(shown, "applications", items, total, place=APPLICATIONS))
