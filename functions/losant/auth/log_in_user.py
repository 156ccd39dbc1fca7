"""POST /auth/user: people do not log in here (contract 5.1)."""

from losant._auth import for_anyone
from sluiceway.domain.errors import Forbidden
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response


@for_anyone
def handler(_call: Call[None]) -> Response:
    """Refuse, and say what to show instead."""
    raise Forbidden(
        "People do not log in here: show an application token, which POST /applications/{applicationId}/tokens makes"
    )
