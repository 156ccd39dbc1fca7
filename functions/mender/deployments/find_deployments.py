"""GET /api/management/v2/deployments/deployments: find deployments by id and by name (contract 4.2)."""

from mender._auth import for_users
from mender._deployment_pages import answer_page
from mender._wire_deployments import parse_exact_search
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 200 with one page, newest first unless told otherwise."""
    return answer_page(call, parse_exact_search(call.request))
