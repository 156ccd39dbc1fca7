from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.config_instance import MOST_CONTENT_BYTES, RELATIVE_ROOT, absolute_filepath, check_content
from sluiceway.domain.config_kinds import ConfigKind, make_document_id
from sluiceway.domain.config_schema import same_file
from sluiceway.domain.errors import InvalidField

UUID = "0F3c9a1e-0000-4000-8000-000000000001"


@pytest.mark.parametrize("relative", ["/v1/drivetrain.json", "v1/drivetrain.json", "//v1/drivetrain.json"])
def test_a_relative_path_is_joined_to_the_root(relative: str) -> None:
    assert absolute_filepath(relative) == f"{RELATIVE_ROOT}/v1/drivetrain.json"


@given(st.text("./ab\0", max_size=12))
def test_a_relative_path_never_leaves_the_root(relative: str) -> None:
    with suppress(InvalidField):
        assert same_file(absolute_filepath(relative)).startswith(f"{RELATIVE_ROOT}/")


@pytest.mark.parametrize("relative", ["", "/", "..", "a/../../b", "a/", "a/."])
def test_a_relative_path_names_a_file_below_the_root(relative: str) -> None:
    with pytest.raises(InvalidField, match="relative_filepath: "):
        absolute_filepath(relative)


@pytest.mark.parametrize("content", ["{}", "[]", "1.0", "null", '"' + "x" * (MOST_CONTENT_BYTES - 2) + '"'])
def test_any_json_is_content(content: str) -> None:
    check_content(content)


@pytest.mark.parametrize("content", ["", "{", "NaN", '{"a": 1, "a": 2}', '"' + "x" * (MOST_CONTENT_BYTES - 1) + '"'])
def test_what_is_not_json_or_too_large_is_no_content(content: str) -> None:
    with pytest.raises(InvalidField, match="content: must "):
        check_content(content)


def test_an_id_begins_with_what_it_is_of() -> None:
    assert {kind: kind.make_id(UUID) for kind in ConfigKind} == {
        ConfigKind.TYPE: "cfg_typ_0F3c9a1e000040008000000000000001",
        ConfigKind.SCHEMA: "cfg_sch_0F3c9a1e000040008000000000000001",
        ConfigKind.RELEASE: "rls_0F3c9a1e000040008000000000000001",
        ConfigKind.INSTANCE: "cfg_inst_0F3c9a1e000040008000000000000001",
        ConfigKind.GIT_COMMIT: "git_commit_0F3c9a1e000040008000000000000001",
    }
    assert make_document_id(UUID) == "doc_0F3c9a1e000040008000000000000001"
