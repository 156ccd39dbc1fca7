"""Config instances: what content is taken, and that it comes back as it was (miru contract 5.7)."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.config_instance import MOST_CONTENT_BYTES, Case
from sluiceway.domain.config_kinds import ConfigKind
from sluiceway.domain.config_schema import SchemaFormat, SchemaLanguage
from sluiceway.domain.errors import ContentRejected, Invalid, InvalidField, InvalidReference, NotFound, Violation
from sluiceway.storage import keys
from sluiceway.usecases.config_instances import (
    get_config_instance,
    get_config_instances,
    get_content,
    list_config_instances,
    load_contents,
)
from sluiceway.usecases.config_records import ListField, Listing
from sluiceway.usecases.config_schemas import NewConfigSchema, NewDocument
from sluiceway.usecases.create_config_instances import (
    NewConfigInstance,
    create_config_instance,
    draft_config_instances,
    store_config_instances,
)
from tests.support.app import NOW
from tests.support.capacity import measured
from tests.support.configs import NEW_SCHEMA, Catalogue
from tests.support.faults import Crash, Fault, at_write
from tests.support.schemas import InlineSchemas
from tests.unit.usecases.stores import WORKSPACE, objects_of, over

OTHER = "w2"
ANYTHING = replace(NEW_SCHEMA, documents=(NewDocument("any.json", "true"),))
CUE = replace(
    NEW_SCHEMA,
    language=SchemaLanguage.CUE,
    format=SchemaFormat.CUE,
    documents=(NewDocument("drive.cue", "speed: <= 2"),),
)
values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(name="catalogue")
def _catalogue() -> Catalogue:
    return Catalogue()


def incompressible(size: int) -> str:
    """JSON of so many bytes that hardly become fewer."""
    return json.dumps(random.Random(7).randbytes(size // 2 - 1).hex())


@given(values, st.integers(0, 3), st.booleans())
def test_content_comes_back_byte_for_byte(value: object, indent: int, ascii_: bool) -> None:  # noqa: FBT001 - from hypothesis
    catalogue = Catalogue()
    content = f" {json.dumps(value, indent=indent, ensure_ascii=ascii_)}\n"
    instance = catalogue.instance(content, of=catalogue.schema(ANYTHING))
    assert get_content(catalogue.service, WORKSPACE, instance.id) == content


def test_the_spelling_of_numbers_and_the_order_of_keys_survive(catalogue: Catalogue) -> None:
    content = '{"z": 1.0, "speed": 1e0,\t"a": 0.10}'
    assert get_content(catalogue.service, WORKSPACE, catalogue.instance(content).id) == content


@pytest.mark.parametrize("size", [1000, 350_000, 450_000, MOST_CONTENT_BYTES])
def test_content_too_large_for_the_table_is_in_the_bucket(catalogue: Catalogue, size: int) -> None:
    schema, content = catalogue.schema(ANYTHING), incompressible(size)
    instance = catalogue.instance(content, of=schema)
    assert get_content(catalogue.service, WORKSPACE, instance.id) == content
    body = catalogue.service.table.get(keys.config_body(WORKSPACE, ConfigKind.INSTANCE, instance.id))
    assert ("object" in (body or {})) is (size > 400_000)
    assert len(objects_of(catalogue.service).stored) == (size > 400_000)


def test_what_is_in_the_bucket_is_in_the_folder_of_its_workspace(catalogue: Catalogue) -> None:
    content = incompressible(500_000)
    catalogue.instance(content, of=catalogue.schema(ANYTHING))
    (stored,) = objects_of(catalogue.service).stored
    assert stored.key.startswith(f"configs/{WORKSPACE}/")


def test_bytes_whose_record_was_never_written_serve_who_tries_again(catalogue: Catalogue) -> None:
    schema, content = catalogue.schema(ANYTHING), incompressible(500_000)
    first_after_the_workspace = at_write(1, Fault.CRASH_BEFORE)
    dying = replace(catalogue, service=over(catalogue.service, first_after_the_workspace))
    with pytest.raises(Crash):
        dying.instance(content, of=schema)
    assert list_config_instances(catalogue.service, WORKSPACE, Listing()).total == 0
    instance = catalogue.instance(content, of=schema)
    assert get_content(catalogue.service, WORKSPACE, instance.id) == content
    assert len({stored.key for stored in objects_of(catalogue.service).stored}) == 1


def test_an_instance_has_the_path_of_its_schema(catalogue: Catalogue) -> None:
    schema = catalogue.schema(replace(NEW_SCHEMA, instance_filepath="/etc/drive.json"))
    instance = catalogue.instance(of=schema)
    assert (instance.filepath, instance.relative_filepath) == ("/etc/drive.json", "")
    assert (instance.schema_id, instance.type_id) == (schema.id, schema.type_id)
    assert get_config_instance(catalogue.service, WORKSPACE, instance.id) == instance


def test_an_instance_with_a_path_of_its_own_keeps_it(catalogue: Catalogue) -> None:
    new = NewConfigInstance(catalogue.schema().id, "{}", relative_filepath="/v1/drive.json")
    instance = create_config_instance(catalogue.service, WORKSPACE, new, NOW)
    assert instance.relative_filepath == "/v1/drive.json"
    assert instance.filepath == "/srv/miru/config_instances/v1/drive.json"


def test_equal_instances_are_two(catalogue: Catalogue) -> None:
    schema = catalogue.schema()
    assert catalogue.instance(of=schema).id != catalogue.instance(of=schema).id


def test_content_that_does_not_match_is_refused_with_every_violation(catalogue: Catalogue) -> None:
    schema = catalogue.schema()
    with measured(catalogue.service.table) as meter, pytest.raises(ContentRejected) as rejected:
        catalogue.instance('{"speed": 3}', of=schema)
    assert rejected.value.schema_id == schema.id
    assert rejected.value.violations == (Violation(("speed",), "3 is greater than the maximum of 2"),)
    assert meter.usage.write_units == 0


def test_content_is_held_against_a_schema_in_yaml(catalogue: Catalogue) -> None:
    documents = (NewDocument("drive.yaml", "properties:\n  speed: {maximum: 2}\n"),)
    schema = catalogue.schema(replace(NEW_SCHEMA, format=SchemaFormat.YAML, documents=documents))
    assert catalogue.instance('{"speed": 2}', of=schema)
    with pytest.raises(ContentRejected):
        catalogue.instance('{"speed": 2.1}', of=schema)


def test_a_schema_in_cue_lets_every_content_pass(catalogue: Catalogue) -> None:
    assert catalogue.instance('{"speed": 99}', of=catalogue.schema(CUE))


@pytest.mark.parametrize("schema", [NEW_SCHEMA, CUE], ids=["JSON Schema", "CUE"])
@pytest.mark.parametrize("content", ["", "{", "speed: 1"])
def test_content_is_json_whatever_its_schema(catalogue: Catalogue, schema: NewConfigSchema, content: str) -> None:
    made = catalogue.schema(schema)
    with pytest.raises(InvalidField, match="content: must be JSON"):
        catalogue.instance(content, of=made)


@pytest.mark.parametrize("hostile", ["", "cfg_sch_x", "#", "x" * 300])
def test_an_instance_of_an_unknown_schema_is_refused(catalogue: Catalogue, hostile: str) -> None:
    with pytest.raises(InvalidReference) as unknown:
        create_config_instance(catalogue.service, WORKSPACE, NewConfigInstance(hostile, "{}"), NOW)
    assert (unknown.value.field, unknown.value.identifier) == ("config_schema_id", hostile)


class EndlessSchemas(InlineSchemas):
    def violations(self, cases: Sequence[Case]) -> list[tuple[Violation, ...]]:
        raise Invalid(f"takes more than 3 seconds for {cases}")


def test_a_schema_that_takes_too_long_is_named(catalogue: Catalogue) -> None:
    schema = catalogue.schema()
    service = replace(catalogue.service, schemas=EndlessSchemas)
    with measured(service.table) as meter, pytest.raises(InvalidField, match="config_schema_id: takes more than 3"):
        create_config_instance(service, WORKSPACE, NewConfigInstance(schema.id, "{}"), NOW)
    assert meter.usage.write_units == 0


class CountingSchemas(InlineSchemas):
    def __init__(self) -> None:
        self.asked: list[int] = []

    def violations(self, cases: Sequence[Case]) -> list[tuple[Violation, ...]]:
        self.asked.append(len(cases))
        return super().violations(cases)


def test_several_are_checked_at_once_and_none_is_stored_when_one_is_refused(catalogue: Catalogue) -> None:
    schemas = [catalogue.schema(), catalogue.schema(CUE), catalogue.schema()]
    news = [NewConfigInstance(schema.id, f'{{"speed": {number}}}') for number, schema in enumerate(schemas)]
    counting = CountingSchemas()
    service = replace(catalogue.service, schemas=lambda: counting)
    with pytest.raises(ContentRejected) as rejected:
        draft_config_instances(service, WORKSPACE, [*news, replace(news[0], content='{"speed": 5}')], NOW)
    assert rejected.value.schema_id == schemas[0].id
    assert list_config_instances(service, WORKSPACE, Listing()).total == 0
    drafts = draft_config_instances(service, WORKSPACE, news, NOW)
    store_config_instances(service, drafts)
    assert counting.asked == [3, 2]
    assert load_contents(service, WORKSPACE, [each.instance.id for each in drafts]) == {
        each.instance.id: new.content for each, new in zip(drafts, news, strict=True)
    }


def test_instances_are_listed_by_schema_and_type(catalogue: Catalogue) -> None:
    one, other = catalogue.instance(), catalogue.instance()
    for field, value in ((ListField.SCHEMA_ID, one.schema_id), (ListField.TYPE_ID, one.type_id)):
        listing = Listing({field: frozenset({value, "cfg_x"})})
        assert list_config_instances(catalogue.service, WORKSPACE, listing).records == (one,)
    assert get_config_instances(catalogue.service, WORKSPACE, [other.id, one.id]) == {one.id: one, other.id: other}


@pytest.mark.parametrize("hostile", ["", "cfg_inst_x", "#", "x" * 300])
def test_an_id_that_no_instance_has_is_not_found(catalogue: Catalogue, hostile: str) -> None:
    for find in (get_config_instance, get_content):
        with pytest.raises(NotFound):
            find(catalogue.service, WORKSPACE, hostile)


def test_an_instance_of_another_workspace_does_not_exist(catalogue: Catalogue) -> None:
    instance = catalogue.instance()
    for find in (get_config_instance, get_content):
        with pytest.raises(NotFound):
            find(catalogue.service, OTHER, instance.id)
    with pytest.raises(InvalidReference):
        create_config_instance(catalogue.service, OTHER, NewConfigInstance(instance.schema_id, "{}"), NOW)
