"""POST /provisioning_tokens (contract 5.4)."""

from miru._auth import Program, for_programs, once
from miru._expansion import refuse_expansions
from miru._records import token_record
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_tokens import issue_provisioning_token


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer a token that makes one machine a device, for five minutes."""
    refuse_expansions(call.request)
    token = issue_provisioning_token(call.service, call.caller.workspace, call.now, once=once(call))
    return as_json(token_record(token))
