"""POST /agent/v1/devices/reprovision (contract 8.4, 8.6)."""

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
    """Give the device that the token names another key, and deliver its configuration again."""
    invitation = read_invitation(call.service, bearer_token(call.request), call.now)
    if not invitation.device_id:
        raise Unauthenticated("the token is for new devices")
    machine = parse_machine(call.request, required=False)
    return as_json(own_device_json(enrol(call.service, invitation, machine, call.now), call.now))
