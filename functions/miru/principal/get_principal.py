"""GET /principal: whose key this is; a good check that it works (contract 5.8)."""

from miru._auth import Program, for_programs
from miru._expansion import refuse_expansions
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer the id and the name of the key that was shown."""
    refuse_expansions(call.request)
    session = call.caller.session
    return as_json({"object": "principal", "id": session.key_id, "name": session.name})
