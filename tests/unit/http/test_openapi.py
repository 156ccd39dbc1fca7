from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from pydantic import create_model

from mender._operations import DESCRIPTION, document
from mender._surface import SURFACE
from sluiceway.http.openapi import Answer, Operation, content_json, make_document
from sluiceway.http.openapi_page import render_page

VOID = {"meta"}


class Page(HTMLParser):
    """What a browser makes of the page: its text, where its links lead, and which elements were left open."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.tags.add(tag)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [given[name] or "" for name in ("href", "src") if name in given]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module", name="page")
def _page() -> Page:
    return Page(render_page(document()))


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    paths: dict[str, dict[str, Any]] = document()["paths"]
    return [(path, method, each) for path, methods in paths.items() for method, each in methods.items()]


def test_the_page_shows_every_operation_and_every_schema(page: Page) -> None:
    shown = set(page.ids)
    assert {operation["operationId"] for _, _, operation in operations()} <= shown
    assert set(document()["components"]["schemas"]) <= shown
    for path, method, operation in operations():
        assert f"{method.upper()}{path} {operation['summary']}" in page.text
        assert operation["description"] in page.text


def test_the_page_is_whole_and_every_link_leads_to_a_place_on_it(page: Page) -> None:
    assert page.open == []
    assert len(set(page.ids)) == len(page.ids)
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


def test_the_page_runs_and_loads_nothing(page: Page) -> None:
    assert page.tags & {"script", "link", "img", "iframe"} == set()


def test_what_a_description_says_is_text_and_never_markup() -> None:
    told = {**document(), "info": {"title": "<script>", "version": "1", "description": "a & b"}}
    assert Page(render_page(told)).tags & {"script"} == set()


def test_every_reference_of_the_document_leads_somewhere() -> None:
    assert dangling(document(), document()) == []


def test_two_different_shapes_of_one_name_are_refused() -> None:
    def named_alike(kind: type) -> Operation:
        return Operation(answers={200: Answer(content_json(create_model("Alike", member=kind)))})

    clashing = {"devauth.get_device": named_alike(int), "devauth.list_devices": named_alike(str)}
    with pytest.raises(ValueError, match="Alike"):
        make_document(SURFACE, replace(DESCRIPTION, operations=clashing))


def dangling(part: object, whole: dict[str, Any]) -> list[str]:
    if isinstance(part, list):
        return [found for each in part for found in dangling(each, whole)]
    if not isinstance(part, dict):
        return []
    found = [found for each in part.values() for found in dangling(each, whole)]
    if isinstance(part.get("$ref"), str):
        _, components, kind, name = part["$ref"].split("/")
        found += [] if name in whole[components][kind] else [part["$ref"]]
    return found


def test_what_is_public_asks_for_nothing_and_what_is_not_for_one_kind_of_credentials() -> None:
    schemes = {operation["operationId"]: operation["security"] for _, _, operation in operations()}
    assert schemes["docs.get_page"] == schemes["devauth.request_token"] == []
    assert schemes["artifacts.get_artifact"] == [{"user": []}]
    assert schemes["deployments.report_status"] == [{"device": []}]
    assert schemes["useradm.log_in"] == [{"password": []}]


def test_a_parameter_is_required_exactly_when_a_call_without_it_is_refused() -> None:
    parameters = {
        (operation["operationId"], each["name"]): each.get("required", False)
        for _, _, operation in operations()
        for each in operation["parameters"]
    }
    assert parameters["deployments.get_next_deployment", "device_type"]
    assert parameters["devauth.request_token", "X-MEN-Signature"]
    assert parameters["artifacts.get_artifact", "id"]
    assert not parameters["deployments.list_deployments", "page"]
    assert not parameters["artifacts.get_artifact", "X-MEN-RequestID"]
