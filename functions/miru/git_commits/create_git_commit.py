"""POST /git_commits: make a commit known, or find it (contract 3.4, 5.3)."""

from miru._auth import Program, for_programs
from miru._expansion import refuse_expansions
from miru._records import git_commit_json
from miru._wire_git_commits import parse_new_commit
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_git_commits import create_git_commit


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer the commit; one that is known already stays as it is."""
    refuse_expansions(call.request)
    new = parse_new_commit(call.request)
    return as_json(git_commit_json(create_git_commit(call.service, call.caller.workspace, new, call.now)))
