"""GET /docs/losant/openapi.json: how to call this surface, for programs."""

from losant._auth import for_anyone
from losant._operations import document
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json


@for_anyone
def handler(_call: Call[None]) -> Response:
    """Answer the OpenAPI document of this surface."""
    return as_json(document())
