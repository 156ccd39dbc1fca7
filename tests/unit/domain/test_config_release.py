from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sluiceway.domain.config_release import (
    MOST_SCHEMAS,
    ConfigRelease,
    check_schema_ids,
    check_schemas,
    check_version,
)
from sluiceway.domain.config_schema import ConfigSchema, SchemaFormat, SchemaLanguage
from sluiceway.domain.errors import InvalidField
from tests.support.app import NOW

RELEASE = ConfigRelease("w", "rls_1", "v1", ("cfg_sch_1", "cfg_sch_2"), NOW, NOW, git_commit_id="git_commit_1")


def a_schema(number: int, *, type_id: str, path: str) -> ConfigSchema:
    return ConfigSchema(
        "w", f"cfg_sch_{number}", type_id, 1, SchemaLanguage.JSON_SCHEMA, SchemaFormat.JSON, "sha256:0", path, NOW
    )


@pytest.mark.parametrize(
    "version", ["1", "v1", "1.0", "v1.2.3", "1.2.3.4.5", "01.02", "1-rc.1", "v1.0.0-alpha-1+build.7", "1+x", "1" * 128]
)
def test_a_version_is_dotted_integers_with_suffixes(version: str) -> None:
    assert check_version(version) == version


@pytest.mark.parametrize(
    "version", ["", "v", "V1", "1.", ".1", "1..2", "1.x", "latest", "1-", "1+", "1-a..b", "1 ", "1\n", "1_0", "1" * 129]
)
def test_what_is_no_version_is_refused(version: str) -> None:
    with pytest.raises(InvalidField, match="version: must be integers joined by dots"):
        check_version(version)


@pytest.mark.parametrize("count", [0, MOST_SCHEMAS + 1])
def test_a_release_has_a_schema_and_no_more_than_a_device_is_handed_at_once(count: int) -> None:
    with pytest.raises(InvalidField, match="config_schema_ids: must have between 1 and 40 of them"):
        check_schema_ids([f"cfg_sch_{number}" for number in range(count)])
    check_schema_ids([f"cfg_sch_{number}" for number in range(MOST_SCHEMAS)])


def test_schemas_of_several_types_and_files_go_together() -> None:
    check_schemas([a_schema(1, type_id="a", path="/a"), a_schema(2, type_id="b", path="/b")])


def test_a_release_has_one_schema_of_a_config_type() -> None:
    with pytest.raises(InvalidField, match="config_schema_ids: more than one schema has the config type a"):
        check_schemas([a_schema(1, type_id="a", path="/a"), a_schema(2, type_id="a", path="/b")])


@pytest.mark.parametrize("other", ["/a/b", "//a/b", "/a/./b"])
def test_no_two_schemas_of_a_release_share_a_file(other: str) -> None:
    with pytest.raises(InvalidField, match="config_schema_ids: more than one schema has the instance file path /a/b"):
        check_schemas([a_schema(1, type_id="a", path="/a/b"), a_schema(2, type_id="b", path=other)])


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        (replace(RELEASE, id="rls_2", schema_ids=("cfg_sch_2", "cfg_sch_1")), True),
        (replace(RELEASE, custom_validation=True, created=NOW + timedelta(days=1)), True),
        (replace(RELEASE, schema_ids=("cfg_sch_1",)), False),
        (replace(RELEASE, git_commit_id=""), False),
    ],
)
def test_releases_are_alike_by_their_schemas_and_commit(other: ConfigRelease, *, alike: bool) -> None:
    assert RELEASE.is_alike(other) is alike


def test_only_the_validation_of_a_release_changes() -> None:
    later = NOW + timedelta(days=1)
    assert RELEASE.validated(later, custom=True) == replace(RELEASE, custom_validation=True, updated=later, rev=1)
