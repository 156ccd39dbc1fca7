"""Searches that are kept (mender contract 7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from sluiceway.usecases.saved_filters import MOST_TERM_BYTES
from tests.handlers.mender.calls import UNKNOWN, error_of
from tests.support.app import Answer, App
from tests.support.seeds import FILTERS, Workspace, enrol_device, expect, save_filter, seed_workspace, where

TERMS = [
    where("group", "$in", ["lab", "field"], "system"),
    where("load", "$gt", 1.5),
    where("cores", "$ne", 4),
    where("os", "$exists", True),
    where("mac", "$regex", "^02:", "identity"),
]


@dataclass(frozen=True)
class Filters:
    """The filters of a workspace as one user calls them."""

    app: App
    workspace: Workspace

    def call(self, method: str, target: str = "", body: object = b"") -> Answer:
        return self.app.call(method, f"{FILTERS}{target}", body, token=self.workspace.token)

    def save(self, name: str, *terms: dict[str, object]) -> str:
        return save_filter(self.app, self.workspace, name, *terms)

    def listed(self, query: str = "") -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = expect(200, self.call("GET", query)).json()
        return shown


@pytest.fixture(name="filters")
def _filters(app: App, workspace: Workspace) -> Filters:
    return Filters(app, workspace)


def test_a_filter_is_read_back_as_it_was_saved(filters: Filters) -> None:
    filter_id = filters.save("busy", *TERMS)
    shown = expect(200, filters.call("GET", f"/{filter_id}")).json()
    assert shown == {"id": filter_id, "name": "busy", "terms": TERMS}
    assert filters.listed() == [shown]


def test_filters_are_listed_by_name_and_in_pages(filters: Filters) -> None:
    term = where("os", "$eq", "linux")
    for name in ("b", "c", "a"):
        filters.save(name, term)
    answer = expect(200, filters.call("GET", "?page=2&per_page=2"))
    assert [each["name"] for each in answer.json()] == ["c"]
    assert answer.headers["x-total-count"] == "3"
    assert 'rel="prev"' in answer.headers["link"]
    assert [each["name"] for each in filters.listed()] == ["a", "b", "c"]


def test_a_deleted_filter_is_gone(filters: Filters) -> None:
    filter_id = filters.save("busy", *TERMS)
    expect(204, filters.call("DELETE", f"/{filter_id}"))
    for method, target in (("GET", ""), ("DELETE", ""), ("GET", "/search")):
        error_of(404, filters.call(method, f"/{filter_id}{target}"))
    assert filters.listed() == []


def test_a_search_by_a_filter_finds_what_meets_its_terms_now(filters: Filters) -> None:
    one, two = (enrol_device(filters.app, filters.workspace, number) for number in (1, 2))
    filter_id = filters.save("second", where("mac", "$eq", two.mac, "identity"))
    everybody = filters.save("accepted", where("status", "$eq", "accepted", "identity"))
    found = expect(200, filters.call("GET", f"/{filter_id}/search"))
    assert [shown["id"] for shown in found.json()] == [two.id]
    page = expect(200, filters.call("GET", f"/{everybody}/search?per_page=1"))
    assert (len(page.json()), page.headers["x-total-count"]) == (1, "2")
    enrol_device(filters.app, filters.workspace, 3)
    assert len(expect(200, filters.call("GET", f"/{everybody}/search")).json()) == 3
    assert one.id in {shown["id"] for shown in filters.call("GET", f"/{everybody}/search").json()}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"terms": TERMS}, "name"),
        ({"name": "", "terms": TERMS}, "name"),
        ({"name": "n" * 257, "terms": TERMS}, "name"),
        ({"name": "everything"}, "terms"),
        ({"name": "everything", "terms": []}, "terms"),
        ({"name": "misnamed", "filters": TERMS}, "terms"),
        ({"name": "many", "terms": TERMS * 21}, "terms"),
        ({"name": "bad", "terms": [where("os", "$type", "x")]}, "terms.0.type"),
        ({"name": "bad", "terms": [where("os", "$eq", ["x"])]}, "terms.0"),
        ({"name": "bad", "terms": [where("os", "$regex", "(a+)+$")]}, "$regex"),
        ({"name": "bad", "terms": [where("os", "$eq", "x", "nowhere")]}, "terms.0.scope"),
        ({"name": "large", "terms": [where("os", "$eq", "x" * MOST_TERM_BYTES)]}, "at most 4096"),
    ],
)
def test_what_is_no_filter_is_400_and_is_not_kept(filters: Filters, body: object, text: str) -> None:
    assert text in error_of(400, filters.call("POST", "", body))
    assert filters.listed() == []


@pytest.mark.parametrize("value", [b"1e999", b'"\\ud800"', b"NaN"])
def test_what_cannot_be_stored_is_400(filters: Filters, value: bytes) -> None:
    term = b'{"scope": "inventory", "attribute": "os", "type": "$eq", "value": ' + value + b"}"
    error_of(400, filters.call("POST", "", b'{"name": "odd", "terms": [' + term + b"]}"))


def test_filters_of_another_workspace_do_not_exist(filters: Filters) -> None:
    filter_id = filters.save("busy", *TERMS)
    other = Filters(filters.app, seed_workspace(filters.app, "b"))
    for method, target in (("GET", ""), ("DELETE", ""), ("GET", "/search")):
        error_of(404, other.call(method, f"/{filter_id}{target}"))
        error_of(404, other.call(method, f"/{UNKNOWN}{target}"))
    assert other.listed() == []
    assert len(filters.listed()) == 1
