"""POST /devices/{device_id}/ping (contract 5.4, 8.9)."""

from miru._auth import Program, for_programs
from miru._expansion import refuse_expansions
from miru._wire_activation import check_ping
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_devices import get_config_device


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer that the device did not answer: pings travel by a message broker, and devices of this service poll."""
    get_config_device(call.service, call.caller.workspace, call.request.parameters["device_id"])
    refuse_expansions(call.request)
    check_ping(call.request)
    return as_json({"code": "timeout"})
