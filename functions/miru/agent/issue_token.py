"""POST /agent/v1/devices/{device_id}/issue_token (contract 8.3)."""

from miru._agent_auth import for_machines
from miru._records import token_record
from miru._wire_signed_claims import parse_signed_claims
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_device_tokens import token_for_claims


@for_machines
def handler(call: Call[None]) -> Response:
    """Answer a token to the device that signed the claims."""
    claims = parse_signed_claims(call.request)
    return as_json(token_record(token_for_claims(call.service, call.request.parameters["device_id"], claims, call.now)))
