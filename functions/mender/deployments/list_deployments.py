"""GET /deployments: find deployments (contract 2.8)."""

from mender._auth import for_users
from mender._deployment_pages import answer_page
from mender._wire_deployments import deployment_json, parse_search
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.sessions import UserSession


@for_users
def handler(call: Call[UserSession]) -> Response:
    """Answer 200 with one page, newest first unless told otherwise."""
    return answer_page(call, parse_search(call.request), deployment_json)
