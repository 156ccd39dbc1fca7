"""POST /api/devices/v1/authentication/auth_requests (contract 9.1)."""

from mender._auth import for_anyone
from mender._wire_auth_request import parse_auth_request
from mender._wire_tokens import token_response
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.request_token import request_token


@for_anyone
def handler(call: Call[None]) -> Response:
    """Answer a token once an operator has accepted the device's key."""
    return token_response(request_token(call.service, parse_auth_request(call.request), call.now))
