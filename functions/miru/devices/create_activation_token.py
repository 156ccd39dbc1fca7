"""POST /devices/{device_id}/activation_token (contract 5.4, 8.2)."""

from miru._auth import Program, for_programs, once
from miru._expansion import refuse_expansions
from miru._records import token_record
from miru._wire_activation import parse_reactivation
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_devices import get_config_device
from sluiceway.usecases.config_tokens import issue_activation_token


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer a token that makes one machine this device, for five minutes."""
    device = get_config_device(call.service, call.caller.workspace, call.request.parameters["device_id"])
    refuse_expansions(call.request)
    reactivates = parse_reactivation(call.request)
    token = issue_activation_token(call.service, device, call.now, reactivates=reactivates, once=once(call))
    return as_json(token_record(token))
