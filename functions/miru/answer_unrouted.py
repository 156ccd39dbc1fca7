"""`$default`: what no route takes is refused in the dialect's own words, once the caller is known (contract 3.2)."""

from miru._auth import Program, for_the_unrouted
from sluiceway.domain.errors import NotFound
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response


@for_the_unrouted
def handler(call: Call[Program | None]) -> Response:
    """Answer 404, for an unknown path and for another method of a known one."""
    raise NotFound(f"no call has the method and path {call.request.method} {call.request.path}")
