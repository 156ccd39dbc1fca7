"""Releases as JSON, and what is asked of them (contract 5.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import Field

from miru._expansion import NOTHING, Tree, per_version
from miru._lists import Listing, filter_values
from miru._records import release_record
from miru._rendering import Rendering, without
from miru._wire_config_schemas import CONFIG_SCHEMA, schemas_by_id
from miru._wire_git_commits import CommitRefBody
from sluiceway.domain.config_release import MOST_SCHEMAS, ConfigRelease
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body
from sluiceway.usecases.config_records import ListField
from sluiceway.usecases.config_records import Listing as RecordListing
from sluiceway.usecases.config_releases import NewConfigRelease, get_config_releases

RELEASE = per_version(lambda version: {"config_schemas": CONFIG_SCHEMA[version]})
"""What can be expanded in a release."""


class NewReleaseBody(WireModel):
    """Which release to make."""

    version: str
    config_schema_ids: Annotated[list[str], Field(max_length=MOST_SCHEMAS)]
    git_commit_ref: CommitRefBody | None = None


class ReleaseChangeBody(WireModel):
    """Whether the workspace's own validation passes the deployments of a release first."""

    custom_validation: bool


def parse_new_release(request: Request) -> NewConfigRelease:
    """Read which release to make. Raises Invalid."""
    body = parse_body(NewReleaseBody, request)
    commit = body.git_commit_ref.to_ref() if body.git_commit_ref else None
    return NewConfigRelease(body.version, tuple(body.config_schema_ids), commit)


def parse_release_change(request: Request) -> bool:
    """Read whether a release is to be validated. Raises Invalid."""
    return parse_body(ReleaseChangeBody, request).custom_validation


def releases_listing(request: Request, listing: Listing) -> RecordListing:
    """Read which releases a list is to have."""
    fields = {ListField.ID: "id", ListField.VERSION: "version"}
    return listing.records({field: filter_values(request, name) for field, name in fields.items()})


def releases_json(rendering: Rendering, releases: Sequence[ConfigRelease], expansions: Tree) -> list[dict[str, object]]:
    """Render releases, and read the schemas of all of them at once."""
    wanted = {one for each in releases if "config_schemas" in expansions for one in each.schema_ids}
    schemas = schemas_by_id(rendering, wanted, expansions.get("config_schemas", NOTHING))
    return [_release_json(rendering, release, expansions, schemas) for release in releases]


def release_json(rendering: Rendering, release: ConfigRelease, expansions: Tree) -> dict[str, object]:
    """Render a release."""
    (shown,) = releases_json(rendering, [release], expansions)
    return shown


def releases_by_id(rendering: Rendering, release_ids: Iterable[str], expansions: Tree) -> dict[str, dict[str, object]]:
    """Render those of some releases that exist, by id."""
    found = get_config_releases(rendering.service, rendering.workspace, release_ids)
    return dict(zip(found, releases_json(rendering, list(found.values()), expansions), strict=True))


def _release_json(
    rendering: Rendering, release: ConfigRelease, expansions: Tree, schemas: Mapping[str, object]
) -> dict[str, object]:
    record = release_record(release)
    return {
        **(record if rendering.version.is_tetons else without(record, "git_commit_id")),
        **rendering.relation(expansions, "config_schemas", lambda: [schemas[each] for each in release.schema_ids]),
    }
