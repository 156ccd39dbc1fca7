"""POST /api/management/v1/useradm/auth/login (contract 5.1)."""

from mender._auth import for_anyone
from mender._wire_login import basic_credentials, parse_login_options
from mender._wire_tokens import token_response
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.log_in import log_in


@for_anyone
def handler(call: Call[None]) -> Response:
    """Answer a new token for a mail address and its password."""
    username, password = basic_credentials(call.request)
    options = parse_login_options(call.request)
    return token_response(log_in(call.service, username, password, call.now, no_expiry=options.no_expiry))
