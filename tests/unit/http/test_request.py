"""Requests are read from API Gateway payload 2.0 events."""

from __future__ import annotations

from uuid import UUID

import pytest

from sluiceway.http.request import parse_event
from tests.support.events import http_event
from tests.unit.http.requests import request_for


def test_header_names_are_lower_case_and_values_as_sent() -> None:
    assert request_for(X_MEN_Signature="AbC=").headers["x-men-signature"] == "AbC="


@pytest.mark.parametrize("body", [b"", b'{"a": 1}\n', bytes(range(256)), "é\u2028".encode()])
@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x", ""])
def test_the_body_is_the_bytes_that_were_sent(body: bytes, content_type: str) -> None:
    assert request_for(body=body, content_type=content_type).body == body


def test_query_values_are_decoded_once_kept_in_order_and_may_be_repeated_or_empty() -> None:
    request = request_for("/things?b=%2541&a=x+y&b=&c")
    assert request.query == (("b", "%41"), ("a", "x y"), ("b", ""), ("c", ""))
    assert request.query_value("b") == "%41"
    assert request.query_value("z") is None


def test_a_path_parameter_is_decoded_by_the_gateway_and_not_once_more() -> None:
    event = http_event("GET", "/d/%2541", route_key="GET /d/{id}", parameters={"id": "%41"})
    request = parse_event(event, "X-Request-ID")
    assert (request.path, request.parameters) == ("/d/%41", {"id": "%41"})


def test_an_event_without_optional_members_is_an_empty_request() -> None:
    event = {"rawPath": "/", "requestContext": {"http": {"method": "GET"}}}
    request = parse_event(event, "X-Request-ID")
    assert (request.body, request.query, request.headers, request.parameters) == (b"", (), {}, {})


def test_the_origin_is_the_one_the_caller_used() -> None:
    assert request_for(host="api.example.com").origin == "https://api.example.com"


@pytest.mark.parametrize("given", ["a", "0b2f8a0e", "x" * 128, "with space ~!"])
def test_28_a_short_printable_request_id_is_kept(given: str) -> None:
    assert request_for(x_request_id=given).id == given


@pytest.mark.parametrize("given", ["", "x" * 129, "tab\there", "é", "line\nbreak", "\x7f"])
def test_28_any_other_request_id_is_replaced_by_a_random_uuid(given: str) -> None:
    made = request_for(x_request_id=given).id
    assert UUID(made).version == 4
    assert request_for(x_request_id=given).id != made
