"""GET /git_commits (contract 4)."""

from miru._auth import Program, for_programs
from miru._lists import parse_listing
from miru._records import git_commit_json
from miru._wire_git_commits import GIT_COMMIT, commits_listing
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response, as_json
from sluiceway.usecases.config_git_commits import list_git_commits


@for_programs
def handler(call: Call[Program]) -> Response:
    """Answer a part of the git commits that pass the filters."""
    listing = parse_listing(call.request, GIT_COMMIT)
    page = list_git_commits(call.service, call.caller.workspace, commits_listing(call.request, listing))
    shown = [git_commit_json(each) for each in page.records]
    return as_json(listing.envelope(call.caller.version, page.total, shown))
