"""GET /git_commits/{git_commit_id}."""

from miru._auth import Program, for_programs
from miru._records import git_commit_json
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_git_commits import get_git_commit


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer a git commit."""
    commit_id = call.request.parameters["git_commit_id"]
    return as_json(git_commit_json(get_git_commit(call.service, call.caller.workspace, commit_id)))
