"""`$default`: preflights of browsers are answered, whatever else no route takes is refused (contract 1.4, 1.5)."""

from losant._auth import for_anyone, open_session
from losant._routes import ROUTES
from sluiceway.domain.errors import MethodNotAllowed, NotFound
from sluiceway.http.endpoint import Call
from sluiceway.http.matching import routes_at
from sluiceway.http.response import NO_CONTENT, Response
from sluiceway.http.routes import Caller

_PREFLIGHT = NO_CONTENT.with_headers(
    {
        "access-control-allow-methods": "GET, POST, PATCH, DELETE, OPTIONS",
        "access-control-allow-headers": "Authorization, Accept, Accept-Version, Content-Type, losantdomain",
        "access-control-max-age": "86400",
    }
)


@for_anyone
def handler(call: Call[None]) -> Response:
    """Let pages of any origin call, refuse an unknown path, or a known one with another method to who is known."""
    if call.request.method == "OPTIONS":
        return _PREFLIGHT
    served = routes_at(ROUTES, call.request.path)
    if not served:
        raise NotFound(f"No call has the path {call.request.path}")
    if served[0].caller is not Caller.ANYONE:
        open_session(call.request, call.service, call.now)
    raise MethodNotAllowed(tuple(sorted({route.method for route in served})))
