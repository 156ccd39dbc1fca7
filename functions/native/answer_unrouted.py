"""`$default`: what no route takes is refused in this surface's own words."""

from native._auth import for_anyone, open_session
from native._routes import ROUTES
from sluiceway.domain.errors import MethodNotAllowed, NoSuchPath
from sluiceway.http.endpoint import Call
from sluiceway.http.matching import routes_at
from sluiceway.http.response import Response
from sluiceway.http.routes import Caller


@for_anyone
def handler(call: Call[None]) -> Response:
    """Refuse an unknown path, or a known one with another method once the caller is known."""
    served = routes_at(ROUTES, call.request.path)
    if not served:
        raise NoSuchPath(f"no call has the path {call.request.path}")
    if served[0].caller is Caller.PROGRAM:
        open_session(call.request, call.service, call.now)
    raise MethodNotAllowed(tuple(sorted({route.method for route in served})))
