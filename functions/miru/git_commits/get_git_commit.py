"""GET /git_commits/{git_commit_id}."""

from miru._auth import Program, for_programs
from miru._expansion import refuse_expansions
from miru._records import git_commit_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_git_commits import get_git_commit


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer a git commit."""
    found = get_git_commit(call.service, call.caller.workspace, call.request.parameters["git_commit_id"])
    refuse_expansions(call.request)
    return as_json(git_commit_json(found))
