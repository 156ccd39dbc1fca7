"""GET /docs/losant: how to call this surface, for people."""

from losant._auth import for_anyone
from losant._operations import document
from sluiceway.http.endpoint import Call
from sluiceway.http.openapi_page import render_page
from sluiceway.http.response import Response, as_text


@for_anyone
def handler(_call: Call[None]) -> Response:
    """Answer the same as a page that needs no script."""
    return as_text(render_page(document()), "text/html; charset=utf-8")
