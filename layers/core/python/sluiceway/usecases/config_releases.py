"""Config releases (miru contract 5.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sluiceway.domain.config_kinds import ConfigKind
from sluiceway.domain.config_release import ConfigRelease, check_schema_ids, check_schemas, check_version
from sluiceway.domain.errors import InvalidReference, VersionTaken
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.config_release_items import changed_config_release, new_config_release, read_config_release
from sluiceway.storage.table import Write
from sluiceway.usecases.config_git_commits import CommitRef, resolve_commit
from sluiceway.usecases.config_records import Listed, Listing, find_records, list_records, load_record
from sluiceway.usecases.config_schemas import get_config_schemas
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class NewConfigRelease:
    """What to make."""

    version: str
    schema_ids: tuple[str, ...]
    commit: CommitRef | None = None


def create_config_release(service: Service, workspace: str, new: NewConfigRelease, now: datetime) -> ConfigRelease:
    """Make a release, and return it, or the one of the version when it has the same schemas and commit.

    Raises InvalidField, InvalidReference for an unknown schema or commit, and VersionTaken.
    """
    check_version(new.version)
    check_schema_ids(new.schema_ids)
    _check_schemas(service, workspace, new.schema_ids)
    made = ConfigRelease(
        workspace=workspace,
        id=ConfigKind.RELEASE.make_id(service.new_id()),
        version=new.version,
        schema_ids=new.schema_ids,
        created=now,
        updated=now,
        git_commit_id=resolve_commit(service, workspace, new.commit, field="git_commit_ref"),
    )
    return commit(service.table, lambda: _plan(service, made))


def set_custom_validation(
    service: Service, workspace: str, release_id: str, now: datetime, *, custom: bool
) -> ConfigRelease:
    """Have the workspace's own validation pass the deployments of a release first, or not. Raises NotFound."""

    def plan() -> tuple[ConfigRelease, list[Write]]:
        before = get_config_release(service, workspace, release_id)
        if before.custom_validation is custom:
            return before, []
        after = before.validated(now, custom=custom)
        return after, changed_config_release(before, after)

    return commit(service.table, plan)


def get_config_release(service: Service, workspace: str, release_id: str) -> ConfigRelease:
    """Read one release. Raises NotFound."""
    return read_config_release(workspace, load_record(service, workspace, ConfigKind.RELEASE, release_id))


def get_config_releases(service: Service, workspace: str, release_ids: Iterable[str]) -> dict[str, ConfigRelease]:
    """Read the releases with these ids that exist, by id, in one batch."""
    found = find_records(service, workspace, ConfigKind.RELEASE, release_ids)
    return {release_id: read_config_release(workspace, item) for release_id, item in found.items()}


def list_config_releases(service: Service, workspace: str, listing: Listing) -> Listed[ConfigRelease]:
    """Read a page of the list of releases, by ID and VERSION. Raises Invalid above MOST_LISTED."""
    page = list_records(service, workspace, ConfigKind.RELEASE, listing)
    return Listed(tuple(read_config_release(workspace, item) for item in page.records), page.total)


def _check_schemas(service: Service, workspace: str, schema_ids: Sequence[str]) -> None:
    found = get_config_schemas(service, workspace, schema_ids)
    missing = next((schema_id for schema_id in schema_ids if schema_id not in found), None)
    if missing is not None:
        raise InvalidReference("config_schema_ids", missing)
    check_schemas([found[schema_id] for schema_id in schema_ids])


def _plan(service: Service, made: ConfigRelease) -> tuple[ConfigRelease, list[Write]]:
    known = service.table.get(keys.config_release_version(made.workspace, made.version))
    if known is None:
        return made, new_config_release(made)
    existing = get_config_release(service, made.workspace, str(known["id"]))
    if not existing.is_alike(made):
        raise VersionTaken(made.version)
    return existing, []
