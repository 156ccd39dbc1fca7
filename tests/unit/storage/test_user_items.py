from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.inventory import Attribute, attributes_of
from sluiceway.domain.user import TokenKind, User, UserToken
from sluiceway.storage import keys
from sluiceway.storage.inventory_items import inventory_item, read_attributes
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import Item, Key, Put
from sluiceway.storage.token_items import read_token, token_item, token_key
from sluiceway.storage.user_items import read_user, user_item, user_key

_START = datetime(2020, 1, 1, tzinfo=UTC)
moments = st.integers(0, 10**12).map(lambda milliseconds: _START + timedelta(milliseconds=milliseconds))
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


def stored(key: Key, item: Item) -> Item:
    """What the table gives back."""
    table = MemoryTable()
    table.write(Put(key, item))
    return table.get(key) or {}


@given(
    st.builds(
        User, st.just("w"), texts, texts, texts, moments, st.integers(0, 10**6), st.none() | moments, st.integers(0, 9)
    )
)
def test_a_user_comes_back_as_it_was(user: User) -> None:
    assert read_user("w", stored(user_key(user), user_item(user))) == user


@given(
    st.builds(
        UserToken,
        st.just("w"),
        texts,
        texts,
        st.sampled_from(TokenKind),
        moments,
        st.just("") | texts,
        st.none() | moments,
        st.none() | moments,
    )
)
def test_a_token_comes_back_as_it_was(token: UserToken) -> None:
    assert read_token("w", stored(token_key(token), token_item(token))) == token


@given(st.builds(UserToken, st.just("w"), texts, texts, st.sampled_from(TokenKind), moments))
def test_no_token_is_dropped_before_it_expires(token: UserToken) -> None:
    drop = token_item(token)["ttl"]
    assert isinstance(drop, int)
    assert token.expires.timestamp() <= drop <= token.expires.timestamp() + 1


def test_fractions_survive_though_tables_store_none() -> None:
    attributes = attributes_of([Attribute("load", 0.1), Attribute("loads", (1, 2.5), "per core")])
    assert read_attributes(stored(keys.inventory("w", "d"), inventory_item(attributes, _START))) == attributes


def test_a_device_that_never_reported_has_no_attributes() -> None:
    assert read_attributes(None) == {}
