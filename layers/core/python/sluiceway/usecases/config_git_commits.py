"""The git commits that configurations come from (miru contract 5.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sluiceway.domain.config_kinds import ConfigKind
from sluiceway.domain.errors import InvalidField, InvalidReference
from sluiceway.domain.git_commit import GitCommit, check_message, parse_origin, parse_sha
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.git_commit_items import new_git_commit, read_git_commit
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Query, Write
from sluiceway.usecases.config_records import Listed, Listing, find_records, list_records, load_record
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class NewGitCommit:
    """What to make; `origin` is the clone URL of its repository."""

    sha: str
    message: str
    origin: str


@dataclass(frozen=True, slots=True)
class CommitRef:
    """Which commit is meant: that with the id, without one the only one with the sha."""

    id: str | None = None
    sha: str | None = None


def create_git_commit(service: Service, workspace: str, new: NewGitCommit, now: datetime) -> GitCommit:
    """Make a commit known, and return it, or the one that is known of the repository and sha. Raises InvalidField."""
    commit_id = ConfigKind.GIT_COMMIT.make_id(service.new_id())
    repository = parse_origin(new.origin)
    made = GitCommit(workspace, commit_id, parse_sha(new.sha), check_message(new.message), repository, now)
    guard = keys.git_commit_of(workspace, made.sha, repository.url)

    def plan() -> tuple[GitCommit, list[Write]]:
        known = service.table.get(guard)
        if known is None:
            return made, new_git_commit(made)
        return get_git_commit(service, workspace, str(known["id"])), []

    return commit(service.table, plan)


def get_git_commit(service: Service, workspace: str, commit_id: str) -> GitCommit:
    """Read one commit. Raises NotFound."""
    return read_git_commit(workspace, load_record(service, workspace, ConfigKind.GIT_COMMIT, commit_id))


def list_git_commits(service: Service, workspace: str, listing: Listing) -> Listed[GitCommit]:
    """Read a page of the list of commits, by ID and SHA. Raises Invalid above MOST_LISTED."""
    page = list_records(service, workspace, ConfigKind.GIT_COMMIT, listing)
    return Listed(tuple(read_git_commit(workspace, item) for item in page.records), page.total)


def resolve_commit(service: Service, workspace: str, ref: CommitRef | None, *, field: str) -> str:
    """Return the id of the commit that is meant, empty for None.

    Raises InvalidReference when there is none, and InvalidField, naming the field, when it is not clear which.
    """
    if ref is None:
        return ""
    if ref.id is not None:
        return _existing(service, workspace, ref.id, field)
    if ref.sha is None:
        raise InvalidField(field, "must have an id or a sha")
    return _only_one(_with_sha(service, workspace, ref.sha.lower()), ref.sha, field)


def _existing(service: Service, workspace: str, commit_id: str, field: str) -> str:
    if not find_records(service, workspace, ConfigKind.GIT_COMMIT, [commit_id]):
        raise InvalidReference(field, commit_id)
    return commit_id


def _with_sha(service: Service, workspace: str, sha: str) -> list[str]:
    if not is_possible_id(sha):
        return []
    records = read_all(service.table, Query(keys.git_commits_with(workspace, sha)))
    return [str(record.item["id"]) for record in records]


def _only_one(found: list[str], sha: str, field: str) -> str:
    if not found:
        raise InvalidReference(field, sha)
    if len(found) > 1:
        raise InvalidField(field, f"several repositories have the commit {sha}: name one of {', '.join(found)} by id")
    return found[0]
