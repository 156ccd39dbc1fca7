from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.config_instance import ConfigInstance, ContentFormat
from sluiceway.domain.config_kinds import ConfigKind
from sluiceway.domain.config_release import ConfigRelease
from sluiceway.domain.config_schema import ConfigSchema, SchemaFormat, SchemaLanguage
from sluiceway.domain.config_type import ConfigType
from sluiceway.domain.git_commit import GitCommit, Repository, RepositoryType
from sluiceway.storage import keys
from sluiceway.storage.config_body_items import (
    MOST_INLINE_BYTES,
    compressed,
    decompressed,
    put_inline,
    put_pointer,
    read_body,
)
from sluiceway.storage.config_instance_items import new_config_instance, read_config_instance
from sluiceway.storage.config_release_items import changed_config_release, new_config_release, read_config_release
from sluiceway.storage.config_schema_items import new_config_schema, read_config_schema
from sluiceway.storage.config_type_items import changed_config_type, new_config_type, read_config_type
from sluiceway.storage.git_commit_items import new_git_commit, read_git_commit
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import ConditionFailed, Item, Query, Write
from tests.support.app import NOW

T = TypeVar("T", ConfigType, ConfigSchema, ConfigRelease, ConfigInstance, GitCommit)
W = st.just("w")
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
optional = st.just("") | texts
many = st.lists(texts, max_size=4).map(tuple)
moments = st.integers(0, 10**12).map(
    lambda milliseconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
)
numbers = st.integers(0, 10**6)
repositories = st.builds(Repository, st.sampled_from(RepositoryType), texts, texts)
types = st.builds(ConfigType, W, texts, texts, texts, moments, moments, numbers, numbers)
schemas = st.builds(
    ConfigSchema,
    *(W, texts, texts, numbers, st.sampled_from(SchemaLanguage), st.sampled_from(SchemaFormat)),
    *(texts, texts, moments, optional, many),
)
releases = st.builds(ConfigRelease, W, texts, texts, many, moments, moments, optional, st.booleans(), numbers)
instances = st.builds(ConfigInstance, W, texts, texts, texts, st.sampled_from(ContentFormat), texts, moments, optional)
commits = st.builds(GitCommit, W, texts, texts, texts, repositories, moments)
TYPE = ConfigType("w", "cfg_typ_1", "Drive", "drive", NOW, NOW)
RELEASE = ConfigRelease("w", "rls_1", "v1", ("cfg_sch_1",), NOW, NOW)


def stored_and_read(
    kind: ConfigKind, record: T, writes: Sequence[Write], read: Callable[[str, Item], T]
) -> tuple[T, Item]:
    """The record as it is read again, and its entry, the only one in the list."""
    table = MemoryTable()
    table.write(*writes)
    item = table.get(keys.config_record("w", kind, record.id))
    (entry,) = table.query(Query(keys.config_directory("w", kind))).records
    assert item is not None
    assert entry.key == keys.config_entry("w", kind, record.created, record.id)
    assert entry.item.items() <= item.items()
    return read("w", item), entry.item


@given(types)
def test_a_config_type_comes_back_as_it_was(record: ConfigType) -> None:
    again, entry = stored_and_read(ConfigKind.TYPE, record, new_config_type(record), read_config_type)
    assert again == record
    assert (entry["id"], entry["name"], entry["slug"]) == (record.id, record.name, record.slug)


@given(schemas)
def test_a_config_schema_comes_back_as_it_was(record: ConfigSchema) -> None:
    again, entry = stored_and_read(ConfigKind.SCHEMA, record, new_config_schema(record), read_config_schema)
    assert again == record
    assert (entry["id"], entry["type"]) == (record.id, record.type_id)


@given(releases)
def test_a_config_release_comes_back_as_it_was(record: ConfigRelease) -> None:
    again, entry = stored_and_read(ConfigKind.RELEASE, record, new_config_release(record), read_config_release)
    assert again == record
    assert (entry["id"], entry["version"]) == (record.id, record.version)


@given(instances)
def test_a_config_instance_comes_back_as_it_was(record: ConfigInstance) -> None:
    again, entry = stored_and_read(ConfigKind.INSTANCE, record, new_config_instance(record), read_config_instance)
    assert again == record
    assert (entry["id"], entry["schema"], entry["type"]) == (record.id, record.schema_id, record.type_id)


@given(commits)
def test_a_git_commit_comes_back_as_it_was(record: GitCommit) -> None:
    again, entry = stored_and_read(ConfigKind.GIT_COMMIT, record, new_git_commit(record), read_git_commit)
    assert again == record
    assert (entry["id"], entry["sha"]) == (record.id, record.sha)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (new_config_type(TYPE), new_config_type(replace(TYPE, id="cfg_typ_2"))),
        (new_config_release(RELEASE), new_config_release(replace(RELEASE, id="rls_2"))),
        (
            new_git_commit(GitCommit("w", "git_commit_1", "abc", "", Repository(RepositoryType.GITHUB, "A", "b"), NOW)),
            new_git_commit(GitCommit("w", "git_commit_2", "abc", "", Repository(RepositoryType.GITHUB, "a", "B"), NOW)),
        ),
    ],
    ids=["slug", "version", "sha and repository"],
)
def test_what_is_unique_is_stored_once(first: Sequence[Write], second: Sequence[Write]) -> None:
    table = MemoryTable()
    table.write(*first)
    with pytest.raises(ConditionFailed):
        table.write(*second)


@given(schemas, schemas)
def test_schemas_are_equal_by_type_language_digest_and_path(one: ConfigSchema, other: ConfigSchema) -> None:
    other = replace(other, id=f"{one.id}2")
    equal = replace(
        other, type_id=one.type_id, language=one.language, digest=one.digest, instance_filepath=one.instance_filepath
    )
    for different in (
        replace(equal, type_id=f"{one.type_id}2"),
        replace(equal, instance_filepath=f"{one.instance_filepath}2"),
    ):
        MemoryTable().write(*new_config_schema(one), *new_config_schema(different))
    table = MemoryTable()
    table.write(*new_config_schema(one))
    with pytest.raises(ConditionFailed):
        table.write(*new_config_schema(equal))


@pytest.mark.parametrize(
    ("made", "change"),
    [
        (new_config_type(TYPE), changed_config_type(replace(TYPE, rev=1), replace(TYPE, rev=2))),
        (new_config_release(RELEASE), changed_config_release(replace(RELEASE, rev=1), replace(RELEASE, rev=2))),
    ],
)
def test_what_changed_meanwhile_is_not_overwritten(made: Sequence[Write], change: Sequence[Write]) -> None:
    table = MemoryTable()
    table.write(*made)
    with pytest.raises(ConditionFailed):
        table.write(*change)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_comes_back_byte_for_byte(text: str) -> None:
    table = MemoryTable()
    table.write(put_inline("w", ConfigKind.INSTANCE, "cfg_inst_1", compressed(text)))
    kept = read_body(table.get(keys.config_body("w", ConfigKind.INSTANCE, "cfg_inst_1")) or {})
    assert isinstance(kept, bytes)
    assert decompressed(kept) == text


def test_the_largest_text_that_is_kept_in_the_table_fits() -> None:
    MemoryTable().write(put_inline("w", ConfigKind.INSTANCE, "cfg_inst_1", b"\0" * MOST_INLINE_BYTES))


def test_a_text_in_the_bucket_is_found_by_its_key() -> None:
    table = MemoryTable()
    table.write(put_pointer("w", ConfigKind.SCHEMA, "cfg_sch_1", "configs/w/0"))
    assert read_body(table.get(keys.config_body("w", ConfigKind.SCHEMA, "cfg_sch_1")) or {}) == "configs/w/0"
