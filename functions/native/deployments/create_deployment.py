"""POST /api/v1/deployments."""

from native._auth import for_programs
from native._deployment_answers import answer_new_deployment
from native._wire_deployments import parse_definition
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.deploy import deploy
from sluiceway.usecases.key_sessions import KeySession


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Deploy under a plan; without one to all devices at once, with everything else as a plan has it.

    Devices ask for software. Config instances and versions of workflows are given to the devices of a phase as it
    opens, by what the calls of their own dialect do, and stay there until something newer is: an immediate call that
    changes the slot after this creation, or a newer deployment. Their windows lie in UTC, since their dialects know no
    time zone of a device, and their successes are not withdrawn.
    """
    definition = parse_definition(call.request)
    return answer_new_deployment(call, deploy(call.service, call.caller.workspace, definition, call.now))
