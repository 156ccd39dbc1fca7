"""GET /docs/miru: how to call this surface in its newest version, for people."""

from miru._auth import for_anyone
from miru._operations import document
from miru._versions import Version
from sluiceway.http.endpoint import Call
from sluiceway.http.openapi_page import render_page
from sluiceway.http.response import Response, as_text


@for_anyone
def handler(_call: Call[None]) -> Response:
    """Answer the same as a page that needs no script."""
    return as_text(render_page(document(Version.TETONS)), "text/html; charset=utf-8")
