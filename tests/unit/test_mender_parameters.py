"""Identifiers and moments in the words of the Mender dialect (mender contract 1.5, 1.7, 2.8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mender._parameters import path_uuid, query_moment
from sluiceway.domain.errors import Invalid
from sluiceway.http.parameters import is_uuid
from tests.unit.http.requests import request_for


@given(st.uuids())
def test_decision_22_a_uuid_of_any_version_and_case_is_one_identifier(identifier: UUID) -> None:
    for form in (str(identifier), str(identifier).upper()):
        request = replace(request_for(), parameters={"id": form})
        assert path_uuid(request) == str(identifier)


@pytest.mark.parametrize(
    "identifier",
    [
        "foo",
        "0b2f8a0e3a554a778a7e0a6f7a2f1b10",
        "{0b2f8a0e-3a55-4a77-8a7e-0a6f7a2f1b10}",
        "urn:uuid:0b2f8a0e-3a55-4a77-8a7e-0a6f7a2f1b10",
        "0b2f8a0e-3a55-4a77-8a7e-0a6f7a2f1b10\n",
        "\u0660b2f8a0e-3a55-4a77-8a7e-0a6f7a2f1b10",
    ],
)
def test_nothing_else_is_an_identifier(identifier: str) -> None:
    assert not is_uuid(identifier)
    with pytest.raises(Invalid, match=r"^ID is not a valid UUID$"):
        path_uuid(replace(request_for(), parameters={"id": identifier}))


def test_a_moment_is_whole_seconds_since_1970() -> None:
    assert query_moment(request_for("/?created_after=1773234197"), "created_after") == datetime(
        2026, 3, 11, 13, 3, 17, tzinfo=UTC
    )
    assert query_moment(request_for("/"), "created_after") is None


@pytest.mark.parametrize("value", ["1.5", "yesterday", "-1", "253402300800", "9" * 30, "1773234197%20"])
def test_another_moment_is_refused_in_the_words_of_the_contract(value: str) -> None:
    with pytest.raises(Invalid, match=r"^timestamp parsing failed for created_before parameter: invalid timestamp: "):
        query_moment(request_for(f"/?created_before={value}"), "created_before")
