"""Lists of configurations: what is filtered, sorted, counted and cut into pages (miru contract 4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.config_type import ConfigType
from sluiceway.domain.errors import Invalid
from sluiceway.usecases import config_records
from sluiceway.usecases.config_records import ListField, Listing, Order, SortField
from sluiceway.usecases.config_types import NewConfigType, create_config_type, list_config_types
from sluiceway.usecases.service import Service
from tests.support.app import NOW
from tests.support.configs import Catalogue
from tests.unit.usecases.stores import WORKSPACE, make_service

NEWEST_FIRST = Order(SortField.CREATED)
OLDEST_FIRST = Order(SortField.CREATED, descending=False)
orders = st.lists(st.builds(Order, st.sampled_from(SortField), st.booleans()), max_size=3).map(tuple)


def make_types(service: Service, *minutes: int) -> list[ConfigType]:
    """Types made so many minutes after NOW."""
    return [
        create_config_type(
            service, WORKSPACE, NewConfigType(f"Type {number % 2}", f"type-{number}"), NOW + timedelta(minutes=minute)
        )
        for number, minute in enumerate(minutes)
    ]


def slugs(service: Service, listing: Listing) -> list[str]:
    return [each.slug for each in list_config_types(service, WORKSPACE, listing).records]


def test_without_an_order_the_newest_come_first_and_equals_by_id() -> None:
    service = make_service()
    make_types(service, 1, 5, 3, 5)
    assert slugs(service, Listing()) == ["type-1", "type-3", "type-2", "type-0"]


@given(st.lists(st.integers(0, 3), max_size=6), orders)
def test_a_list_is_sorted_by_one_thing_after_the_other(minutes: list[int], wanted: tuple[Order, ...]) -> None:
    service = make_service()
    made = {each.slug: each for each in make_types(service, *minutes)}
    expected = sorted(made.values(), key=lambda each: each.id)
    for order in reversed(wanted):
        expected.sort(
            key=lambda each: (each.created, "") if order.field is SortField.CREATED else (NOW, each.id),
            reverse=order.descending,
        )
    assert slugs(service, Listing(orders=wanted)) == [each.slug for each in expected]


@given(st.integers(0, 5), st.integers(0, 7), st.integers(1, 7))
def test_pages_are_cut_out_of_the_whole_which_is_counted(size: int, offset: int, limit: int) -> None:
    service = make_service()
    make_types(service, *range(size))
    listing = Listing(orders=(OLDEST_FIRST,), offset=offset, limit=limit)
    assert slugs(service, listing) == [f"type-{number}" for number in range(size)][offset : offset + limit]
    assert list_config_types(service, WORKSPACE, listing).total == size


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({ListField.NAME: {"Type 1"}}, ["type-1", "type-3"]),
        ({ListField.NAME: {"Type 0", "Type 1"}, ListField.SLUG: {"type-2", "type-9"}}, ["type-2"]),
        ({ListField.NAME: {"type 1"}}, []),
        ({ListField.NAME: set()}, []),
        ({ListField.VERSION: {"v1"}}, []),
    ],
)
def test_several_values_of_a_filter_widen_and_several_filters_narrow(
    filters: dict[ListField, set[str]], found: list[str]
) -> None:
    service = make_service()
    make_types(service, 0, 1, 2, 3)
    wanted = {name: frozenset(values) for name, values in filters.items()}
    listing = Listing(wanted, orders=(OLDEST_FIRST,), limit=1)
    assert slugs(service, listing) == found[:1]
    assert list_config_types(service, WORKSPACE, listing).total == len(found)


def test_ids_are_a_filter_like_any_other() -> None:
    service = make_service()
    made = make_types(service, 0, 1, 2, 3)
    ids = frozenset({made[0].id, made[1].id, made[2].id, "cfg_typ_x", "", "x" * 300})
    listing = Listing({ListField.ID: ids, ListField.NAME: frozenset({"Type 0"})}, orders=(NEWEST_FIRST,), limit=1)
    assert slugs(service, listing) == ["type-2"]
    assert list_config_types(service, WORKSPACE, listing).total == 2


def test_more_than_can_be_looked_through_are_found_by_id_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_records, "MOST_LISTED", 3)
    service = make_service()
    made = make_types(service, 0, 1, 2)
    assert list_config_types(service, WORKSPACE, Listing()).total == 3
    made += make_types_after(service)
    with pytest.raises(Invalid, match="more than 3 to look through"):
        list_config_types(service, WORKSPACE, Listing())
    assert slugs(service, Listing({ListField.ID: frozenset({made[3].id})})) == [made[3].slug]


@given(st.lists(st.integers(0, 3), max_size=6), orders, st.integers(0, 7), st.integers(1, 7))
def test_a_page_that_is_not_counted_is_that_of_the_counted_list(
    minutes: list[int], wanted: tuple[Order, ...], offset: int, limit: int
) -> None:
    service = make_service()
    make_types(service, *minutes)
    counted = Listing(orders=wanted, offset=offset, limit=limit)
    expected = list_config_types(service, WORKSPACE, counted)
    found = list_config_types(service, WORKSPACE, replace(counted, is_counted=False))
    assert found.records == expected.records
    assert (found.total > offset + limit) is (expected.total > offset + limit)


@pytest.mark.parametrize(("order", "found"), [(NEWEST_FIRST, ["type-4", "type-3"]), (OLDEST_FIRST, ["type-1", "last"])])
def test_either_end_of_more_than_can_be_looked_through_is_listed(
    monkeypatch: pytest.MonkeyPatch, order: Order, found: list[str]
) -> None:
    monkeypatch.setattr(config_records, "MOST_LISTED", 4)
    service = make_service()
    make_types(service, 2, 1, 3, 4, 5)
    make_types_after(service)
    page = Listing(orders=(order,), limit=2, is_counted=False)
    assert sorted(slugs(service, page)) == sorted(found)
    refused = [
        replace(page, is_counted=True),
        replace(page, filters={ListField.NAME: frozenset({"Last"})}),
        replace(page, orders=(Order(SortField.ID), order)),
        replace(page, offset=3),
    ]
    for listing in refused:
        with pytest.raises(Invalid, match="or ask for the first 4 in the order of created_at"):
            list_config_types(service, WORKSPACE, listing)


def make_types_after(service: Service) -> list[ConfigType]:
    return [create_config_type(service, WORKSPACE, NewConfigType("Last", "last"), NOW)]


def test_a_list_of_another_kind_has_nothing_of_this_one() -> None:
    catalogue = Catalogue()
    catalogue.release()
    assert list_config_types(catalogue.service, WORKSPACE, Listing()).total == 1
