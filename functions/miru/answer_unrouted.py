"""`$default`: what no route takes is refused in the dialect's own words."""

from miru._auth import for_anyone, open_program
from miru._routes import ROUTES
from sluiceway.domain.errors import NotFound
from sluiceway.http.endpoint import Call
from sluiceway.http.matching import routes_at
from sluiceway.http.response import Response
from sluiceway.http.routes import Caller


@for_anyone
def handler(call: Call[None]) -> Response:
    """Answer 404, for another method of a known path once the caller is known (contract 3.2)."""
    served = routes_at(ROUTES, call.request.path)
    if served and served[0].caller is Caller.PROGRAM:
        open_program(call.request, call.service, call.now)
    raise NotFound(f"no call has the method and path {call.request.method} {call.request.path}")
