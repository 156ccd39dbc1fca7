"""Git commits as JSON, and what is asked of them (contract 5.3)."""

from __future__ import annotations

from miru._expansion import Tree
from miru._lists import Listing, filter_values
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body
from sluiceway.usecases.config_git_commits import CommitRef, NewGitCommit
from sluiceway.usecases.config_records import ListField
from sluiceway.usecases.config_records import Listing as RecordListing

GIT_COMMIT: Tree = {}
"""What can be expanded in a git commit."""


class NewGitCommitBody(WireModel):
    """Which commit to make known."""

    sha: str
    message: str
    origin: str


class CommitRefBody(WireModel):
    """Which commit is meant: the one with the id, or else with the sha."""

    id: str | None = None
    sha: str | None = None

    def to_ref(self) -> CommitRef:
        """Return what is meant."""
        return CommitRef(self.id, self.sha)


def parse_new_commit(request: Request) -> NewGitCommit:
    """Read which commit to make known. Raises Invalid."""
    body = parse_body(NewGitCommitBody, request)
    return NewGitCommit(body.sha, body.message, body.origin)


def commits_listing(request: Request, listing: Listing) -> RecordListing:
    """Read which commits a list is to have."""
    fields = {ListField.ID: "id", ListField.SHA: "sha"}
    return listing.records({field: filter_values(request, name) for field, name in fields.items()})
