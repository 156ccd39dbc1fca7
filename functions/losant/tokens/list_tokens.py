"""GET /applications/{applicationId}/tokens (contract 5.2)."""

from losant._auth import for_programs
from losant._lists import parse_listing
from losant._rendering import rendering
from losant._wire_tokens import FILTER_FIELDS, PLACE, SORT_FIELDS, token_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.application_tokens import ApplicationSession, list_application_tokens


@for_programs
def handler(call: Call[ApplicationSession]) -> Response:
    """Answer a page of the application's tokens, without the tokens themselves."""
    listing = parse_listing(call.request, [*SORT_FIELDS], default="name", filter_fields=FILTER_FIELDS)
    found, total = listing.cut(list_application_tokens(call.service, call.caller.workspace), SORT_FIELDS)
    shown = rendering(call)
    items = [token_json(shown, token) for token in found]
    return as_json(listing.envelope(shown, "apiTokens", items, total, place=PLACE))
