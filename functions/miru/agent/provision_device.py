"""POST /agent/v1/devices/provision (contract 8.4)."""

from miru._agent_auth import bearer_token, for_machines
from miru._wire_agent import own_device_json
from miru._wire_enrolment import parse_machine
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_enrolment import enrol
from sluiceway.usecases.config_tokens import read_invitation


@for_machines
def handler(call: Call[None]) -> Response:
    """Make a machine the device that its token names, or the one with its name, which is made if there is none."""
    invitation = read_invitation(call.service, bearer_token(call.request), call.now)
    machine = parse_machine(call.request, required=True)
    return as_json(own_device_json(enrol(call.service, invitation, machine, call.now), call.now))
