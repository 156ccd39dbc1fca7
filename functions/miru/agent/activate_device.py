"""POST /agent/v1/devices/{device_id}/activate (contract 8.2, 8.6)."""

from miru._agent_auth import bearer_token, for_machines
from miru._wire_agent import own_device_json
from miru._wire_enrolment import parse_machine
from sluiceway.domain.errors import Unauthenticated
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_enrolment import enrol
from sluiceway.usecases.config_tokens import read_invitation


@for_machines
def handler(call: Call[None]) -> Response:
    """Make the machine with an activation token the device that the token names."""
    invitation = read_invitation(call.service, bearer_token(call.request), call.now)
    if invitation.device_id != call.request.parameters["device_id"]:
        raise Unauthenticated("the token is for another device")
    machine = parse_machine(call.request, required=False)
    return as_json(own_device_json(enrol(call.service, invitation, machine, call.now), call.now))
