"""Config types, schemas, releases and git commits, as users make and find them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest

from sluiceway.domain.config_schema import SchemaFormat, SchemaLanguage
from sluiceway.domain.errors import (
    Conflict,
    InvalidField,
    InvalidReference,
    NotFound,
    SlugTaken,
    VersionTaken,
)
from sluiceway.usecases.config_git_commits import (
    CommitRef,
    NewGitCommit,
    create_git_commit,
    get_git_commit,
    list_git_commits,
)
from sluiceway.usecases.config_records import ListField, Listing
from sluiceway.usecases.config_releases import (
    NewConfigRelease,
    create_config_release,
    get_config_release,
    get_config_releases,
    list_config_releases,
    set_custom_validation,
)
from sluiceway.usecases.config_schemas import (
    NewConfigSchema,
    NewDocument,
    TypeRef,
    create_config_schema,
    get_config_schema,
    get_config_schemas,
    list_config_schemas,
    load_documents,
)
from sluiceway.usecases.config_types import (
    ConfigTypeChange,
    NewConfigType,
    create_config_type,
    get_config_type,
    get_config_types,
    list_config_types,
    update_config_type,
)
from tests.support.app import NOW
from tests.support.capacity import measured
from tests.support.configs import NEW_SCHEMA, SPEED, Catalogue
from tests.unit.usecases.stores import WORKSPACE

LATER = NOW + timedelta(hours=1)
OTHER = "w2"
HOSTILE_IDS = ["", "cfg_typ_x", "#", "x" * 300, "\ud800"]


@pytest.fixture(name="catalogue")
def _catalogue() -> Catalogue:
    return Catalogue()


ErrorT = TypeVar("ErrorT", InvalidField, InvalidReference, SlugTaken, VersionTaken, NotFound)


@contextmanager
def refused(catalogue: Catalogue, kind: type[ErrorT]) -> Iterator[pytest.ExceptionInfo[ErrorT]]:
    """The block is refused, and writes nothing."""
    with measured(catalogue.service.table) as meter, pytest.raises(kind) as caught:
        yield caught
    assert meter.usage.write_units == 0


def test_a_config_type_is_found_once_it_is_made(catalogue: Catalogue) -> None:
    new = NewConfigType("Drivetrain", "drivetrain")
    made = create_config_type(catalogue.service, WORKSPACE, new, NOW)
    assert (made.name, made.slug, made.created, made.updated) == ("Drivetrain", "drivetrain", NOW, NOW)
    assert made.id.startswith("cfg_typ_")
    assert get_config_type(catalogue.service, WORKSPACE, made.id) == made
    assert list_config_types(catalogue.service, WORKSPACE, Listing()).records == (made,)


def test_a_slug_belongs_to_one_type_of_a_workspace(catalogue: Catalogue) -> None:
    new = NewConfigType("Drive", "drive")
    create_config_type(catalogue.service, WORKSPACE, new, NOW)
    with refused(catalogue, SlugTaken) as taken:
        create_config_type(catalogue.service, WORKSPACE, replace(new, name="Other"), NOW)
    assert taken.value.slug == "drive"
    assert create_config_type(catalogue.service, OTHER, new, NOW)


@pytest.mark.parametrize(
    ("new", "field"), [(NewConfigType("", "drive"), "name"), (NewConfigType("Drive", "Drive"), "slug")]
)
def test_what_cannot_be_a_type_is_refused(catalogue: Catalogue, new: NewConfigType, field: str) -> None:
    with refused(catalogue, InvalidField) as invalid:
        create_config_type(catalogue.service, WORKSPACE, new, NOW)
    assert invalid.value.field == field


def test_a_type_is_renamed_wherever_it_is_found(catalogue: Catalogue) -> None:
    former = catalogue.type()
    change = ConfigTypeChange(name="Drivetrain", slug=former.slug)
    changed = update_config_type(catalogue.service, WORKSPACE, former.id, change, LATER)
    assert changed == replace(former, name="Drivetrain", updated=LATER, rev=former.rev + 1)
    assert get_config_type(catalogue.service, WORKSPACE, former.id) == changed
    by_name = Listing({ListField.NAME: frozenset({"Drivetrain"})})
    assert list_config_types(catalogue.service, WORKSPACE, by_name).records == (changed,)


@pytest.mark.parametrize("change", [ConfigTypeChange(), ConfigTypeChange(name="Drive", slug="drive-1")])
def test_a_change_that_changes_nothing_writes_nothing(catalogue: Catalogue, change: ConfigTypeChange) -> None:
    former = catalogue.type("Drive")
    with measured(catalogue.service.table) as meter:
        assert update_config_type(catalogue.service, WORKSPACE, former.id, change, LATER) == former
    assert meter.usage.write_units == 0


@pytest.mark.parametrize(
    ("change", "field"), [(ConfigTypeChange(slug="other"), "slug"), (ConfigTypeChange(name="x" * 49), "name")]
)
def test_a_type_keeps_its_slug_and_has_a_name(catalogue: Catalogue, change: ConfigTypeChange, field: str) -> None:
    former = catalogue.type()
    with refused(catalogue, InvalidField) as invalid:
        update_config_type(catalogue.service, WORKSPACE, former.id, change, LATER)
    assert invalid.value.field == field


@pytest.mark.parametrize("hostile", HOSTILE_IDS)
def test_an_id_that_nothing_has_is_not_found(catalogue: Catalogue, hostile: str) -> None:
    service = catalogue.service
    for find in (get_config_type, get_config_schema, get_config_release, get_git_commit):
        with pytest.raises(NotFound):
            find(service, WORKSPACE, hostile)
    for find_many in (get_config_types, get_config_schemas, get_config_releases):
        assert find_many(service, WORKSPACE, [hostile]) == {}


def test_what_another_workspace_has_does_not_exist(catalogue: Catalogue) -> None:
    service, commit = catalogue.service, catalogue.commit()
    schema = catalogue.schema()
    release = catalogue.release(schema, commit=commit)
    for find, record_id in (
        (get_config_type, schema.type_id),
        (get_config_schema, schema.id),
        (get_config_release, release.id),
        (get_git_commit, commit.id),
    ):
        assert find(service, WORKSPACE, record_id)
        with pytest.raises(NotFound):
            find(service, OTHER, record_id)
    for listed in (list_config_types, list_config_schemas, list_config_releases, list_git_commits):
        assert listed(service, WORKSPACE, Listing()).total == 1
        assert listed(service, OTHER, Listing()).total == 0
    for ref in (CommitRef(id=commit.id), CommitRef(sha=commit.sha)):
        with refused(catalogue, InvalidReference):
            create_config_schema(service, OTHER, replace(NEW_SCHEMA, commit=ref), NOW)


def test_a_schema_is_found_with_its_documents_as_they_were_given(catalogue: Catalogue) -> None:
    text = f"\n{SPEED}\t é"[:-2]
    schema = catalogue.schema(replace(NEW_SCHEMA, documents=(NewDocument("drive.json", text),)))
    assert get_config_schema(catalogue.service, WORKSPACE, schema.id) == schema
    (document,) = load_documents(catalogue.service, WORKSPACE, [schema.id])[schema.id]
    assert (document.name, document.data) == ("drive.json", text)
    assert document.id.startswith("doc_")
    assert load_documents(catalogue.service, OTHER, [schema.id]) == {}


def test_the_schemas_of_a_type_are_numbered(catalogue: Catalogue) -> None:
    type_, other = catalogue.type(), catalogue.type()
    texts = ["true", "{}", '{"type": "object"}']
    made = [catalogue.schema(replace(NEW_SCHEMA, documents=(NewDocument("a.json", text),)), of=type_) for text in texts]
    assert [schema.number for schema in made] == [1, 2, 3]
    assert catalogue.schema(of=other).number == 1


def test_a_schema_has_the_path_of_its_type_when_nobody_says_another(catalogue: Catalogue) -> None:
    type_ = catalogue.type()
    assert catalogue.schema(of=type_).instance_filepath == f"/srv/miru/configs/{type_.slug}.json"
    elsewhere = replace(NEW_SCHEMA, instance_filepath="/etc/drive.json")
    assert catalogue.schema(elsewhere, of=type_).instance_filepath == "/etc/drive.json"


@pytest.mark.parametrize("same", [NEW_SCHEMA, replace(NEW_SCHEMA, format=SchemaFormat.YAML)], ids=["json", "yaml"])
def test_a_schema_that_says_the_same_is_the_same_schema(catalogue: Catalogue, same: NewConfigSchema) -> None:
    type_ = catalogue.type()
    schema = catalogue.schema(of=type_)
    spaced = replace(same, documents=(NewDocument("again.json", SPEED.replace(" ", "  ")),))
    with measured(catalogue.service.table) as meter:
        assert catalogue.schema(spaced, of=type_) == schema
    assert meter.usage.write_units == 0
    assert catalogue.schema().id != schema.id
    assert catalogue.schema(replace(same, instance_filepath="/etc/drive.json"), of=type_).id != schema.id


def test_a_type_is_meant_by_its_id_before_its_slug(catalogue: Catalogue) -> None:
    one, other = catalogue.type(), catalogue.type()
    for ref, meant in ((TypeRef(one.id, other.slug), one), (TypeRef(slug=other.slug), other)):
        schema = create_config_schema(catalogue.service, WORKSPACE, replace(NEW_SCHEMA, type=ref), NOW)
        assert schema.type_id == meant.id


@pytest.mark.parametrize(
    "ref", [TypeRef("cfg_typ_x"), TypeRef(slug="x"), TypeRef("", "drive-1"), TypeRef(slug="#" * 300)]
)
def test_a_schema_of_an_unknown_type_is_refused(catalogue: Catalogue, ref: TypeRef) -> None:
    catalogue.type()
    with refused(catalogue, InvalidReference) as unknown:
        create_config_schema(catalogue.service, WORKSPACE, replace(NEW_SCHEMA, type=ref), NOW)
    assert unknown.value.field == "config_type_ref"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": TypeRef()}, "config_type_ref"),
        ({"documents": (NewDocument("a.json", '{"type": "text"}'),)}, "documents"),
        ({"documents": ()}, "documents"),
        ({"language": SchemaLanguage.CUE}, "format"),
        ({"instance_filepath": "drive.json"}, "instance_filepath"),
        ({"source_paths": ("",)}, "git_commit"),
        ({"commit": CommitRef()}, "git_commit"),
    ],
)
def test_what_cannot_be_a_schema_is_refused(catalogue: Catalogue, change: dict[str, object], field: str) -> None:
    catalogue.type()
    with refused(catalogue, InvalidField) as invalid:
        create_config_schema(catalogue.service, WORKSPACE, replace(NEW_SCHEMA, **change), NOW)  # type: ignore[arg-type]
    assert invalid.value.field == field


def test_a_schema_in_cue_is_kept_and_not_evaluated(catalogue: Catalogue) -> None:
    documents = (NewDocument("b.cue", "speed: <= 2"), NewDocument("a.cue", "this is } not CUE"))
    new = replace(NEW_SCHEMA, language=SchemaLanguage.CUE, format=SchemaFormat.CUE, documents=documents)
    schema = catalogue.schema(new)
    found = load_documents(catalogue.service, WORKSPACE, [schema.id])[schema.id]
    assert [(each.name, each.data) for each in found] == [(each.name, each.data) for each in documents]


def test_a_schema_remembers_the_commit_that_it_comes_from(catalogue: Catalogue) -> None:
    commit = catalogue.commit()
    new = replace(NEW_SCHEMA, commit=CommitRef(sha="ABC"), source_paths=("schemas/drive.json",))
    schema = catalogue.schema(new)
    assert (schema.git_commit_id, schema.source_paths) == (commit.id, ("schemas/drive.json",))


def test_a_commit_is_found_once_it_is_made(catalogue: Catalogue) -> None:
    commit = catalogue.commit()
    assert commit.url == "https://github.com/acme/carts/commit/abc"
    assert get_git_commit(catalogue.service, WORKSPACE, commit.id) == commit
    by_sha = Listing({ListField.SHA: frozenset({"abc"})})
    assert list_git_commits(catalogue.service, WORKSPACE, by_sha).records == (commit,)


def test_a_commit_of_a_repository_is_known_once(catalogue: Catalogue) -> None:
    commit = catalogue.commit()
    with measured(catalogue.service.table) as meter:
        assert catalogue.commit("ABC", "https://github.com/Acme/carts") == commit
    assert meter.usage.write_units == 0
    assert catalogue.commit("abd").id != commit.id
    assert catalogue.commit(origin="git@gitlab.com:acme/carts.git").id != commit.id


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (NewGitCommit("x", "m", "git@github.com:acme/carts.git"), "sha"),
        (NewGitCommit("abc", "m", "https://example.com/acme/carts"), "origin"),
        (NewGitCommit("abc", "m" * 65537, "git@github.com:acme/carts.git"), "message"),
    ],
)
def test_what_cannot_be_a_commit_is_refused(catalogue: Catalogue, new: NewGitCommit, field: str) -> None:
    with refused(catalogue, InvalidField) as invalid:
        create_git_commit(catalogue.service, WORKSPACE, new, NOW)
    assert invalid.value.field == field


def test_a_release_is_found_once_it_is_made(catalogue: Catalogue) -> None:
    schemas, commit = [catalogue.schema(), catalogue.schema()], catalogue.commit()
    release = catalogue.release(*schemas, commit=commit)
    assert (release.schema_ids, release.git_commit_id) == (tuple(each.id for each in schemas), commit.id)
    assert not release.custom_validation
    assert get_config_release(catalogue.service, WORKSPACE, release.id) == release
    by_version = Listing({ListField.VERSION: frozenset({"v1.0.0", "v2"})})
    assert list_config_releases(catalogue.service, WORKSPACE, by_version).records == (release,)


def test_a_release_that_is_made_again_is_the_same_release(catalogue: Catalogue) -> None:
    one, other = catalogue.schema(), catalogue.schema()
    release = catalogue.release(one, other)
    with measured(catalogue.service.table) as meter:
        assert catalogue.release(other, one) == release
    assert meter.usage.write_units == 0


def test_a_version_with_other_schemas_or_of_another_commit_is_taken(catalogue: Catalogue) -> None:
    one, other, commit = catalogue.schema(), catalogue.schema(), catalogue.commit()
    catalogue.release(one)
    for schemas, of in (((other,), None), ((one, other), None), ((one,), commit)):
        with refused(catalogue, VersionTaken) as taken:
            catalogue.release(*schemas, commit=of)
        assert taken.value.version == "v1.0.0"
    assert isinstance(taken.value, Conflict)
    assert catalogue.release(one, version="1.0.0")


@pytest.mark.parametrize("hostile", ["cfg_sch_x", "", "x" * 300])
def test_a_release_with_an_unknown_schema_is_refused(catalogue: Catalogue, hostile: str) -> None:
    new = NewConfigRelease("v1", (catalogue.schema().id, hostile))
    with refused(catalogue, InvalidReference) as unknown:
        create_config_release(catalogue.service, WORKSPACE, new, NOW)
    assert (unknown.value.field, unknown.value.identifier) == ("config_schema_ids", hostile)


def test_a_release_has_no_schema_twice_nor_two_of_a_type_nor_two_for_a_file(catalogue: Catalogue) -> None:
    schema = catalogue.schema()
    sibling = catalogue.schema(
        replace(NEW_SCHEMA, instance_filepath="/etc/other.json"),
        of=get_config_type(catalogue.service, WORKSPACE, schema.type_id),
    )
    neighbour = catalogue.schema(replace(NEW_SCHEMA, instance_filepath=schema.instance_filepath))
    for second in (schema, sibling, neighbour):
        with refused(catalogue, InvalidField) as invalid:
            catalogue.release(schema, second)
        assert invalid.value.field == "config_schema_ids"


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (NewConfigRelease("latest", ("cfg_sch_x",)), "version"),
        (NewConfigRelease("v1", ()), "config_schema_ids"),
    ],
)
def test_what_cannot_be_a_release_is_refused(catalogue: Catalogue, new: NewConfigRelease, field: str) -> None:
    with refused(catalogue, InvalidField) as invalid:
        create_config_release(catalogue.service, WORKSPACE, new, NOW)
    assert invalid.value.field == field


def test_a_commit_is_meant_by_its_id_before_its_sha(catalogue: Catalogue) -> None:
    schema, commit, other = catalogue.schema(), catalogue.commit("aaa"), catalogue.commit("bbb")
    for version, ref, meant in (("v1", CommitRef(commit.id, other.sha), commit), ("v2", CommitRef(sha="bbb"), other)):
        new = NewConfigRelease(version, (schema.id,), ref)
        assert create_config_release(catalogue.service, WORKSPACE, new, NOW).git_commit_id == meant.id


def test_a_sha_of_several_repositories_does_not_say_which_commit_is_meant(catalogue: Catalogue) -> None:
    schema = catalogue.schema()
    forks = [catalogue.commit("aaa", f"git@github.com:{owner}/carts.git") for owner in ("acme", "other")]
    new = NewConfigRelease("v1", (schema.id,), CommitRef(sha="aaa"))
    with refused(catalogue, InvalidField) as unclear:
        create_config_release(catalogue.service, WORKSPACE, new, NOW)
    assert all(fork.id in unclear.value.problem for fork in forks)


@pytest.mark.parametrize("ref", [CommitRef("git_commit_x"), CommitRef(sha="fff"), CommitRef(sha="x" * 300)])
def test_an_unknown_commit_is_refused(catalogue: Catalogue, ref: CommitRef) -> None:
    new = NewConfigRelease("v1", (catalogue.schema().id,), ref)
    with refused(catalogue, InvalidReference) as unknown:
        create_config_release(catalogue.service, WORKSPACE, new, NOW)
    assert unknown.value.field == "git_commit_ref"


def test_the_validation_of_a_release_is_turned_on_and_off(catalogue: Catalogue) -> None:
    release = catalogue.release()
    turned_on = set_custom_validation(catalogue.service, WORKSPACE, release.id, LATER, custom=True)
    assert turned_on == release.validated(LATER, custom=True)
    assert get_config_release(catalogue.service, WORKSPACE, release.id) == turned_on
    with measured(catalogue.service.table) as meter:
        assert set_custom_validation(catalogue.service, WORKSPACE, release.id, LATER, custom=True) == turned_on
    assert meter.usage.write_units == 0
    assert not set_custom_validation(catalogue.service, WORKSPACE, release.id, LATER, custom=False).custom_validation


def test_several_are_read_at_once_each_of_them_once(catalogue: Catalogue) -> None:
    types = [catalogue.type() for _ in range(3)]
    wanted = [types[2].id, "cfg_typ_x", types[0].id, types[2].id]
    with measured(catalogue.service.table) as meter:
        found = get_config_types(catalogue.service, WORKSPACE, wanted)
    assert list(found.values()) == [types[2], types[0]]
    assert (meter.usage.calls, meter.usage.read_units) == (1, 3)
