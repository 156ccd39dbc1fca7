from __future__ import annotations

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.config_schema import (
    MOST_DOCUMENT_BYTES,
    MOST_DOCUMENTS,
    MOST_PATH_BYTES,
    Document,
    SchemaFormat,
    SchemaLanguage,
    check_documents,
    check_filepath,
    check_source_paths,
    default_filepath,
    documents_digest,
    same_file,
    schema_digest,
)
from sluiceway.domain.errors import InvalidField
from sluiceway.domain.strict_json import canonical_json

DOCUMENT = Document("doc_1", "a.json", "{}")
JSON, YAML, CUE = SchemaFormat.JSON, SchemaFormat.YAML, SchemaFormat.CUE
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "path", ["/a", default_filepath("drive"), "/a/b.json", "/a//b", "/..a/b..", "/" + "x" * (MOST_PATH_BYTES - 1)]
)
def test_an_absolute_path_of_a_file_is_taken(path: str) -> None:
    assert check_filepath(path, field="path") == path


@pytest.mark.parametrize(
    "path",
    ["", "/", "a", "./a", "../a", "/..", "/../a", "/a/../b", "/a/..", "/a/", "/a/.", "/a\0", "/a\nb", "/" + "é" * 512],
)
def test_a_path_that_a_device_refuses_is_refused(path: str) -> None:
    with pytest.raises(InvalidField) as refused:
        check_filepath(path, field="instance_filepath")
    assert refused.value.field == "instance_filepath"


@pytest.mark.parametrize("path", ["/a/b", "//a/b", "///a//b", "/a/./b", "/./a/b"])
def test_all_ways_to_write_the_path_of_a_file_are_the_same(path: str) -> None:
    assert same_file(path) == "/a/b"


@pytest.mark.parametrize(
    ("language", "format_"), [(SchemaLanguage.JSON_SCHEMA, CUE), (SchemaLanguage.CUE, JSON), (SchemaLanguage.CUE, YAML)]
)
def test_a_language_has_formats_of_its_own(language: SchemaLanguage, format_: SchemaFormat) -> None:
    with pytest.raises(InvalidField, match="format: must be "):
        check_documents(language, format_, [DOCUMENT])


@pytest.mark.parametrize("count", [0, 2])
def test_a_json_schema_is_one_document(count: int) -> None:
    documents = [Document(f"doc_{number}", f"{number}.json", "{}") for number in range(count)]
    with pytest.raises(InvalidField, match="documents: a JSON Schema is exactly one document"):
        check_documents(SchemaLanguage.JSON_SCHEMA, JSON, documents)


@pytest.mark.parametrize(
    "documents",
    [
        [],
        [Document(f"doc_{number}", f"{number}.cue", "") for number in range(MOST_DOCUMENTS + 1)],
        [Document("doc_1", "", "x: int")],
        [Document("doc_1", "x" * 257, "x: int")],
        [Document("doc_1", "a.cue", "x: int"), Document("doc_2", "a.cue", "y: int")],
        [Document("doc_1", "a.cue", "é" * (MOST_DOCUMENT_BYTES // 2)), Document("doc_2", "b.cue", "x")],
    ],
    ids=["none", "too many", "no name", "long name", "same name", "too large"],
)
def test_documents_that_make_no_schema_are_refused(documents: list[Document]) -> None:
    with pytest.raises(InvalidField) as refused:
        check_documents(SchemaLanguage.CUE, CUE, documents)
    assert refused.value.field == "documents"


@pytest.mark.parametrize(
    "documents",
    [
        [Document("doc_1", "x" * 256, "é" * (MOST_DOCUMENT_BYTES // 2))],
        [Document(f"doc_{number}", f"{number}.cue", "") for number in range(MOST_DOCUMENTS)],
    ],
)
def test_as_many_and_as_large_documents_as_the_limits_are_taken(documents: list[Document]) -> None:
    check_documents(SchemaLanguage.CUE, CUE, documents)


@given(st.dictionaries(texts, values, max_size=5), st.randoms(use_true_random=False))
def test_white_space_and_the_order_of_keys_do_not_count(schema: dict[str, object], random: Random) -> None:
    members = list(schema.items())
    random.shuffle(members)
    shuffled = json.loads(json.dumps(dict(members), indent=2))
    assert schema_digest(canonical_json(shuffled)) == schema_digest(canonical_json(json.loads(json.dumps(schema))))


@given(values, values)
def test_what_says_something_else_has_another_digest(one: object, other: object) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    digests = {schema_digest(canonical_json(json.loads(json.dumps(each)))) for each in (one, other)}
    assert (len(digests) == 1) is same


def test_a_digest_names_its_algorithm() -> None:
    assert schema_digest("{}") == "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_one_document_has_the_digest_of_its_bytes() -> None:
    assert documents_digest([Document("doc_1", "a.cue", "{}")]) == schema_digest("{}")


def test_the_digest_of_several_documents_does_not_depend_on_their_order() -> None:
    one, other = Document("doc_1", "a.cue", "x: int"), Document("doc_2", "b.cue", "y: int")
    assert documents_digest([one, other]) == documents_digest([other, one])
    assert documents_digest([one, other]) != documents_digest([Document("doc_1", "a.cue", "x: inty: int")])


@pytest.mark.parametrize("paths", [[""], ["x" * (MOST_PATH_BYTES + 1)], ["a"] * 101])
def test_source_paths_have_bounds(paths: list[str]) -> None:
    with pytest.raises(InvalidField, match="git_commit: "):
        check_source_paths(paths)
    check_source_paths(["x" * MOST_PATH_BYTES] * 100)
