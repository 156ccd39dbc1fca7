from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.api_key import ApiKey, check_api_key, compose_key, digest_of, key_id, owner_of
from sluiceway.domain.errors import Invalid
from sluiceway.domain.scopes import EVERYTHING
from tests.support.app import NOW

WORKSPACE = "0f7b4a52-4c1e-4d55-9a9e-0e6a3f1f2b10"
NUMBER = "b6c6a9f0-6a3d-4f39-8d52-8a1c2f6f9e77"
SECRET = "x" * 43
KEY = compose_key(WORKSPACE, NUMBER, SECRET)
ALL = frozenset({EVERYTHING})
STORED = ApiKey(WORKSPACE, key_id(NUMBER), "pipeline", ALL, digest_of(KEY), NOW)


@given(st.uuids(), st.uuids(), st.text("abzABZ059_-", min_size=43, max_size=43))
def test_a_key_says_in_clear_whose_it_is(workspace: object, number: object, secret: str) -> None:
    owner = owner_of(compose_key(str(workspace), str(number), secret))
    assert owner == (str(workspace), f"api_key_{number}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "slw_",
        KEY[:-1],
        f"{KEY}x",
        f"{KEY}\n",
        f" {KEY}",
        KEY.upper(),
        KEY.replace("slw_", "key_"),
        compose_key("w#1", NUMBER, SECRET),
        compose_key(WORKSPACE, "n", SECRET),
        compose_key(WORKSPACE, NUMBER, "é" * 43),
    ],
)
def test_what_cannot_be_a_key_is_nobodys(text: str) -> None:
    assert owner_of(text) is None


def test_what_is_stored_does_not_show_the_key() -> None:
    assert SECRET not in repr(STORED)
    assert len(STORED.digest) == 64


def test_a_key_is_told_from_one_that_differs_in_any_part() -> None:
    assert STORED.is_made_of(KEY)
    for other in (compose_key(NUMBER, NUMBER, SECRET), compose_key(WORKSPACE, WORKSPACE, SECRET), f"{KEY[:-1]}y"):
        assert not STORED.is_made_of(other)


def test_a_use_is_worth_a_note_once_a_day() -> None:
    used = ApiKey(WORKSPACE, STORED.id, "pipeline", ALL, STORED.digest, NOW, last_used=NOW)
    assert STORED.is_use_to_note(NOW)
    assert not used.is_use_to_note(NOW + timedelta(days=1, milliseconds=-1))
    assert used.is_use_to_note(NOW + timedelta(days=1))


@pytest.mark.parametrize("name", ["", "   ", "x" * 257])
def test_a_key_without_a_name_or_with_too_long_a_one_cannot_be(name: str) -> None:
    with pytest.raises(Invalid, match=r"^name: "):
        check_api_key(name, ALL)
