"""Which part of a list is asked for, in which order, narrowed down to what, and expanded how (miru contract 2.1, 4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miru._expansion import Tree, parse_expansions
from miru._lists import Listing, filter_values, filter_words, parse_listing
from miru._refusals import InvalidExpansion, InvalidOrderBy
from miru._versions import Version
from sluiceway.domain.errors import InvalidMembers
from sluiceway.http.request import Request
from sluiceway.usecases.config_records import Reach
from tests.support.app import NOW

TYPE: Tree = {"config_type": {}}
KNOWN: Tree = {
    "device": {},
    "release": {"config_schemas": {**TYPE, "documents": {}}},
    "a": {"b": {"c": {"d": {"e": {}}}}},
}


@dataclass(frozen=True, slots=True)
class Thing:
    id: str
    created: datetime


class Word(StrEnum):
    RED = "red"
    BLUE = "blue"


def asked(query: str) -> Request:
    return Request("GET", "/beta/things", {}, tuple(parse_qsl(query, keep_blank_values=True)), {}, b"", "id")


def listing(query: str) -> Listing:
    return parse_listing(asked(query), KNOWN)


# Expansions


@pytest.mark.parametrize(
    "query",
    [
        "expand=device,release",
        "expand=device%2Crelease",
        "expand=device&expand=release",
        "expand%5B%5D=device&expand%5B%5D=release",
        "expand[]=device,release",
        "expand=device&expand[]=release",
        "expand=release,device,,device",
        "expand=+device+,+release",
    ],
)
def test_10_4_point_6_every_spelling_of_expand_means_the_same(query: str) -> None:
    assert parse_expansions(asked(query), KNOWN) == {"device": {}, "release": {}}


def test_a_nested_name_expands_what_is_around_it() -> None:
    query = "expand=release.config_schemas.documents,release.config_schemas.config_type,device"
    assert parse_expansions(asked(query), KNOWN) == {
        "device": {},
        "release": {"config_schemas": {"documents": {}, "config_type": {}}},
    }


@pytest.mark.parametrize("name", ["nothing", "device.nothing", "release.", ".release", "total_count", "a.b.c.d.e"])
def test_what_cannot_be_expanded_is_refused(name: str) -> None:
    with pytest.raises(InvalidExpansion):
        parse_expansions(asked(f"expand={name}"), KNOWN)


def test_four_levels_are_expanded() -> None:
    assert parse_expansions(asked("expand=a.b.c.d"), KNOWN) == {"a": {"b": {"c": {"d": {}}}}}


# Parts


@pytest.mark.parametrize(
    ("query", "limit", "offset"),
    [
        ("", 10, 0),
        ("limit=25&offset=50", 25, 50),
        ("limit=0&offset=-1", 1, 0),
        ("limit=101", 100, 0),
        ("limit=-999999999999999999", 1, 0),
        (f"limit={10**30}&offset={-(10**30)}", 100, 0),
        ("limit=999999999999999999&offset=999999999999999999", 100, 2**31),
    ],
)
def test_numbers_out_of_range_are_moved_into_it(query: str, limit: int, offset: int) -> None:
    assert (listing(query).limit, listing(query).offset) == (limit, offset)


@pytest.mark.parametrize("query", ["limit=ten", "limit=", "offset=1.5", "offset=1e3", "limit=٣"])
def test_what_is_no_number_is_refused(query: str) -> None:
    with pytest.raises(InvalidMembers):
        listing(query)


MOMENTS = st.integers(0, 3).map(lambda seconds: NOW + timedelta(seconds=seconds))
THINGS = st.lists(st.builds(Thing, st.text("abc", min_size=1, max_size=3), MOMENTS), unique_by=lambda each: each.id)


@given(THINGS, st.integers(1, 5), st.integers(0, 12))
def test_the_parts_of_a_list_make_the_list_newest_first(things: list[Thing], limit: int, start: int) -> None:
    ordered = sorted(sorted(things, key=lambda each: each.id), key=lambda each: each.created, reverse=True)
    part = listing(f"limit={limit}&offset={start}")
    page, total = part.page(things)
    assert (list(page), total) == (ordered[start : start + limit], len(things))
    assert part.envelope(Version.TETONS, total, page)["has_more"] is (start + limit < len(things))


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        ("created_at:asc", "abc"),
        ("created_at", "cab"),
        ("id", "cba"),
        ("id:asc", "abc"),
        ("created_at:asc,id:desc", "bac"),
        ("created_at:desc&order_by=id:desc", "cba"),
    ],
)
def test_lists_are_sorted_as_asked_and_by_id_where_that_leaves_a_tie(order: str, ids: str) -> None:
    things = [Thing("b", NOW), Thing("c", NOW + timedelta(seconds=1)), Thing("a", NOW)]
    page, _ = listing(f"order_by={order}").page(things)
    assert "".join(each.id for each in page) == ids


@pytest.mark.parametrize("order", ["name", "id:up", "created_at:ASC", "id:asc:desc", "created"])
def test_no_list_is_sorted_by_anything_else(order: str) -> None:
    with pytest.raises(InvalidOrderBy):
        listing(f"order_by={order}")


def test_the_total_is_there_when_asked_for_and_otherwise_as_the_version_has_it() -> None:
    asked_for, not_asked_for = listing("expand=total_count"), listing("")
    assert asked_for.envelope(Version.TETONS, 7, [])["total_count"] == 7
    assert "total_count" not in not_asked_for.envelope(Version.TETONS, 7, [])
    assert not_asked_for.envelope(Version.ZION, 7, [])["total_count"] == -1
    assert asked_for.envelope(Version.APPROVALS, 7, [])["total_count"] == 7


@pytest.mark.parametrize(
    ("query", "reach"),
    [
        ("", Reach(11, from_newest=True)),
        ("limit=5&offset=20&order_by=created_at:asc", Reach(26, from_newest=False)),
        ("order_by=created_at,id", Reach(11, from_newest=True)),
        ("order_by=id", None),
        ("order_by=id,created_at", None),
        ("expand=total_count", None),
    ],
)
def test_a_list_is_read_as_far_as_its_page_and_one_more_unless_that_takes_all(query: str, reach: Reach | None) -> None:
    assert listing(query).reach == reach
    assert listing(query).records({}).is_counted is ("total_count" in query)


# Filters


@pytest.mark.parametrize("query", ["id=a,b", "id=a%2Cb", "id=a|b", "id=a%7Cb", "id=a&id=b", "id[]=a&id[]=b"])
def test_a_filter_takes_several_values_in_every_spelling(query: str) -> None:
    found = filter_values(asked(query), "id")
    assert found is not None
    assert {"a", "b"} <= found
    assert "c" not in found


def test_a_name_with_a_comma_is_found_by_the_whole_of_it() -> None:
    assert "cart, 7" in (filter_values(asked("name=cart,+7"), "name") or ())


def test_no_filter_lets_everything_pass() -> None:
    assert filter_values(asked(""), "id") is None
    assert filter_words(asked(""), "status", frozenset(Word)) is None


def test_a_word_that_the_version_does_not_know_is_refused() -> None:
    assert filter_words(asked("status=red|blue"), "status", frozenset(Word)) == frozenset(Word)
    with pytest.raises(InvalidMembers):
        filter_words(asked("status=red,green"), "status", frozenset(Word))
