"""Hypothesis strategies for what the table stores."""

from __future__ import annotations

from hypothesis import strategies as st

from sluiceway.storage.table import Item, Value


def texts(*, min_size: int = 0) -> st.SearchStrategy[str]:
    """Any text that has a UTF-8 form."""
    return st.text(st.characters(exclude_categories=["Cs"]), min_size=min_size, max_size=8)


def values() -> st.SearchStrategy[Value]:
    """Every type of value, nested a little."""
    numbers = st.integers(-(10**38) + 1, 10**38 - 1)
    scalars = st.none() | st.booleans() | numbers | texts() | st.binary(max_size=8)
    sets = st.frozensets(texts(min_size=1), min_size=1, max_size=3)
    return st.recursive(
        scalars | sets,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(min_size=1), inner, max_size=3),
        max_leaves=6,
    )


def items() -> st.SearchStrategy[Item]:
    """Items of a few attributes, none of which is a key of the table or an index."""
    keys = {"PK", "SK", "G1PK", "G1SK", "G2PK", "G2SK"}
    names = texts(min_size=1).filter(lambda name: name not in keys)
    return st.dictionaries(names, values(), max_size=4)
