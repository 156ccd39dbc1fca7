"""GET /api/v1/deployments/{id}/events."""

from native._auth import for_programs
from native._paging import answer_page, parse_paging
from native._wire_history import entry_json
from sluiceway.http.endpoint import Call
from sluiceway.http.parameters import path_id
from sluiceway.http.response import Response
from sluiceway.usecases.deployment_events import history
from sluiceway.usecases.key_sessions import KeySession


@for_programs
def handler(call: Call[KeySession]) -> Response:
    """Answer a page of what happened to a deployment while an execution controlled it, oldest first.

    An execution controls what has a plan until it has ended, and what the Mender dialect has made until the last of its
    phases has opened. Of what has neither a plan nor phases nothing is kept and no event is told, whoever pauses,
    resumes or aborts it.
    """
    paging = parse_paging(call.request)
    found = history(call.service, call.caller.workspace, path_id(call.request))
    return answer_page(call.request, paging, [entry_json(entry) for entry in found])
