"""A page of a Losant list always fits into an answer: of what is too long for that the longest members are left out."""

from __future__ import annotations

from typing import Any

import pytest

from losant._lists import Listing
from losant._rendering import Rendering
from sluiceway.http.endpoint import check_size
from sluiceway.http.response import as_json


def page_of(*items: dict[str, object]) -> dict[str, Any]:
    rendering = Rendering("64b1f0c2a9d3e85f7c102a01", shows_links=True)
    envelope = Listing("name", "asc", 0, 1000).envelope(rendering, "things", items, len(items), place="/things")
    check_size(as_json(envelope))
    return envelope


def test_a_page_that_fits_is_shown_as_it_is() -> None:
    item: dict[str, object] = {"id": "i", "text": "x" * 1000}

    page = page_of(*[item] * 1000)
    assert page["items"] == [item] * 1000
    assert "omitted" not in page


@pytest.mark.parametrize("letter", ["x", '"', "\N{ROCKET}"])
def test_of_a_page_that_does_not_fit_the_longest_members_are_left_out_of_every_item_and_named(letter: str) -> None:
    long: dict[str, object] = {"id": "i", "name": letter * 255, "notes": [letter * 4000], "text": letter * 8000}
    short: dict[str, object] = {"id": "j", "name": "b", "text": ""}

    page = page_of(*[long] * 700, short)
    kept = {name for name in long if name not in page["omitted"]}
    assert page["omitted"] in (["text"], ["text", "notes"])
    assert page["items"] == [{name: long[name] for name in long if name in kept}] * 700 + [{"id": "j", "name": "b"}]
    assert page["count"] == 701
