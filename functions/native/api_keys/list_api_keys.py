"""GET /api/v1/api-keys."""

from native._auth import for_programs
from native._paging import answer_page, parse_paging
from native._wire_api_keys import api_key_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.api_keys import list_api_keys
from sluiceway.usecases.key_sessions import KeySession


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Answer a page of the workspace's API keys, oldest first, without the keys themselves."""
    paging = parse_paging(call.request)
    found = list_api_keys(call.service, call.caller.workspace)
    return answer_page(call.request, paging, [api_key_json(api_key) for api_key in found])
