"""Git commits as items, and the guard of each commit of a repository, which also finds commits by their sha."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sluiceway.domain.config_kinds import ConfigKind
from sluiceway.domain.git_commit import GitCommit, Repository, RepositoryType
from sluiceway.storage import keys
from sluiceway.storage.config_record_items import new_record
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Absent, Item, Put, Write


def new_git_commit(commit: GitCommit) -> list[Write]:
    """Store a commit, if its repository's is not known yet."""
    guard = keys.git_commit_of(commit.workspace, commit.sha, commit.repository.url)
    return [
        *new_record(commit.workspace, ConfigKind.GIT_COMMIT, _item(commit)),
        Put(guard, {"id": commit.id}, Absent()),
    ]


def read_git_commit(workspace: str, stored: Item) -> GitCommit:
    """Return the commit of an item."""
    item = cast("Mapping[str, Any]", stored)
    return GitCommit(
        workspace=workspace,
        id=item["id"],
        sha=item["sha"],
        message=item["message"],
        repository=Repository(RepositoryType(item["host"]), item["owner"], item["name"]),
        created=from_milliseconds(item["created"]),
    )


def _item(commit: GitCommit) -> Item:
    return {
        "id": commit.id,
        "sha": commit.sha,
        "message": commit.message,
        "host": str(commit.repository.type),
        "owner": commit.repository.owner,
        "name": commit.repository.name,
        "created": to_milliseconds(commit.created),
    }
