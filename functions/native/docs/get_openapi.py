"""GET /docs/native/openapi.json: how to call this surface, for programs."""

from native._auth import for_anyone
from native._operations import document
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json


@for_anyone
def handler(_call: Call[None]) -> Response:
    """Answer the OpenAPI document of this surface."""
    return as_json(document())
