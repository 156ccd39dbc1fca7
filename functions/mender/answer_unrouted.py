"""`$default`: what no route takes is refused in the dialect's own words (contract 1.5).

HEAD and OPTIONS are methods like any other: no route takes them, and no page of another origin is to call this API.
"""

from mender._auth import for_anyone, verified_claims
from mender._routes import ROUTES
from sluiceway.domain.errors import MethodNotAllowed, NotFound
from sluiceway.http.endpoint import Call
from sluiceway.http.matching import routes_at
from sluiceway.http.response import Response
from sluiceway.http.routes import Caller
from sluiceway.usecases.credentials import DEVICES, USERS
from sluiceway.usecases.sessions import open_device_session, open_user_session


@for_anyone
def handler(call: Call[None]) -> Response:
    """Refuse an unknown path, or a known one with another method once the caller is known."""
    served = routes_at(ROUTES, call.request.path)
    if not served:
        raise NotFound(call.request.path)
    _prove(served[0].caller, call)
    raise MethodNotAllowed(tuple(sorted({route.method for route in served})))


def _prove(caller: Caller, call: Call[None]) -> None:
    """Check credentials as the route itself would, but note no contact: this function may not write."""
    if caller is Caller.USER:
        claims = verified_claims(call.request, call.service, USERS, call.now)
        open_user_session(call.service, claims, call.now)
    elif caller is Caller.DEVICE:
        open_device_session(call.service, verified_claims(call.request, call.service, DEVICES, call.now))
