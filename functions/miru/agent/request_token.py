"""POST /agent/v1/devices/token (contract 8.4)."""

from miru._agent_auth import bearer_token, for_machines
from miru._records import token_record
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_device_tokens import token_for_jwt


@for_machines
def handler(call: Call[None]) -> Response:
    """Answer a token to the device that signed the JWT."""
    return as_json(token_record(token_for_jwt(call.service, bearer_token(call.request), call.now)))
