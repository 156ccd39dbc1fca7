"""POST /api/v1/dry-runs."""

from native._auth import for_programs
from native._wire_dry_runs import parse_dry_run, projection_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.dry_run import dry_run
from sluiceway.usecases.key_sessions import KeySession


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Answer how a deployment would go, with the devices that it would target now; nothing is changed.

    It is an estimate: every device is there, polls evenly and succeeds at once, gates pass as soon as they can,
    approvals come at once, and windows lie in UTC. The cost is that of the requests, at the prices that it names.
    """
    wanted = parse_dry_run(call.request)
    return as_json(projection_json(dry_run(call.service, call.caller.workspace, wanted, call.now)))
