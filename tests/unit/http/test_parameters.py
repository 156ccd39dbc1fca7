"""Path and query parameters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sluiceway.domain.errors import Invalid, NotFound
from sluiceway.http.parameters import path_id, query_word
from tests.unit.http.requests import request_for


@pytest.mark.parametrize("identifier", ["d-100", "a#b", "100%", "\U0001f600", "x" * 256])
def test_11_decision_22_an_opaque_identifier_may_look_like_anything(identifier: str) -> None:
    assert path_id(replace(request_for(), parameters={"device_id": identifier}), "device_id") == identifier


@pytest.mark.parametrize("identifier", ["", "x" * 257, "#" * 86, "\ud83d"])
def test_an_opaque_identifier_that_nothing_can_have_is_not_found(identifier: str) -> None:
    with pytest.raises(NotFound):
        path_id(replace(request_for(), parameters={"id": identifier}))


def test_a_word_outside_of_its_set_is_refused_and_shown() -> None:
    words = {"pending", "finished"}
    assert query_word(request_for("/?status=pending"), "status", words, "unknown status {value}") == "pending"
    assert query_word(request_for("/"), "status", words, "unknown status {value}") is None
    with pytest.raises(Invalid, match=r"^unknown status Pending$"):
        query_word(request_for("/?status=Pending"), "status", words, "unknown status {value}")
