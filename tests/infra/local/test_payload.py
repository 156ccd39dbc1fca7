from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.payload import (
    FUNCTION_PAYLOAD_LIMIT,
    HttpRequest,
    MalformedAnswer,
    gateway_message,
    make_event,
    read_answer,
)
from tests.infra.local.requests import request

MOMENT = datetime(2026, 11, 21, 13, 5, 9, 250_000, tzinfo=UTC)
TOKENS = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12).filter(lambda name: name.strip("-") == name)
PRINTABLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)


def event_of(asked: HttpRequest, **parameters: str) -> dict[str, Any]:
    return make_event(asked, "GET /things/{id}", parameters, "request-1", MOMENT)


def test_an_event_is_what_api_gateway_documents() -> None:
    asked = request(
        method="PUT",
        target="/things/a%20b",
        query="x=1&x=2&y=%C3%BC&empty=",
        headers=(
            ("host", "api.example.com:8443"),
            ("x-a", "1"),
            ("x-a", "2"),
            ("cookie", "a=b; c=d"),
            ("cookie", "e=f"),
            ("content-type", "application/json"),
            ("transfer-encoding", "chunked"),
            ("user-agent", "test/1"),
        ),
        body=b'{"n": 1}',
        client="127.0.0.9",
        scheme="https",
        port=8443,
    )

    assert event_of(asked, id="a b") == {
        "version": "2.0",
        "routeKey": "GET /things/{id}",
        "rawPath": "/things/a b",
        "rawQueryString": "x=1&x=2&y=%C3%BC&empty=",
        "cookies": ["a=b", "c=d", "e=f"],
        "headers": {
            "host": "api.example.com:8443",
            "x-a": "1,2",
            "content-type": "application/json",
            "content-length": "8",
            "user-agent": "test/1",
            "x-forwarded-for": "127.0.0.9",
            "x-forwarded-port": "8443",
            "x-forwarded-proto": "https",
        },
        "queryStringParameters": {"x": "1,2", "y": "ü", "empty": ""},
        "pathParameters": {"id": "a b"},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": "api.example.com",
            "domainPrefix": "api",
            "http": {
                "method": "PUT",
                "path": "/things/a b",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.9",
                "userAgent": "test/1",
            },
            "requestId": "request-1",
            "routeKey": "GET /things/{id}",
            "stage": "$default",
            "time": "21/Nov/2026:13:05:09 +0000",
            "timeEpoch": 1795266309250,
        },
        "body": '{"n": 1}',
        "isBase64Encoded": False,
    }


def test_what_is_empty_is_left_out() -> None:
    assert set(event_of(request())) == {
        "version",
        "routeKey",
        "rawPath",
        "rawQueryString",
        "headers",
        "requestContext",
        "isBase64Encoded",
    }


def test_an_earlier_proxy_stays_in_x_forwarded_for_but_cannot_choose_the_scheme() -> None:
    headers = event_of(request(headers=(("x-forwarded-for", "10.0.0.1"), ("x-forwarded-proto", "https"))))["headers"]

    assert headers["x-forwarded-for"] == "10.0.0.1, 127.0.0.1"
    assert headers["x-forwarded-proto"] == "http"


def test_a_request_without_a_host_gets_the_listeners() -> None:
    assert event_of(request(headers=()))["headers"]["host"] == "127.0.0.1:8080"


@given(st.lists(st.tuples(TOKENS, PRINTABLE), max_size=8))
def test_each_header_arrives_once_with_all_its_values_in_order(pairs: list[tuple[str, str]]) -> None:
    named = [(f"x-test-{name}", value) for name, value in pairs]

    arrived = {
        name: value
        for name, value in event_of(request(headers=tuple(named)))["headers"].items()
        if name.startswith("x-test-")
    }

    assert arrived == {name: ",".join(v for n, v in named if n == name) for name, _ in named}


@given(st.lists(st.tuples(TEXT, TEXT), max_size=8))
def test_query_parameters_are_decoded_and_joined(pairs: list[tuple[str, str]]) -> None:
    event = event_of(request(query=urlencode(pairs)))

    expected = {name: ",".join(v for n, v in pairs if n == name) for name, _ in pairs}
    assert event.get("queryStringParameters", {}) == expected
    assert event["rawQueryString"] == urlencode(pairs)


@given(TEXT)
def test_the_path_arrives_decoded(segment: str) -> None:
    asked = request(target="/" + quote(segment, safe=""))

    assert event_of(asked)["rawPath"] == f"/{segment}"
    assert event_of(asked)["requestContext"]["http"]["path"] == f"/{segment}"


@given(st.binary(min_size=1, max_size=200), st.sampled_from(["application/json", "text/csv; charset=utf-8", "", "x/y"]))
def test_every_body_arrives_byte_for_byte(body: bytes, content_type: str) -> None:
    event = event_of(request(body=body, headers=(("content-type", content_type),)))

    received = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
    assert received == body
    json.dumps(event)


@pytest.mark.parametrize(
    ("content_type", "is_text"),
    [
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("application/xml", True),
        ("text/plain", True),
        ("application/x-www-form-urlencoded", False),
        ("multipart/form-data; boundary=x", False),
        ("application/octet-stream", False),
        ("", False),
    ],
)
def test_only_the_types_that_api_gateway_knows_as_text_arrive_as_text(content_type: str, *, is_text: bool) -> None:
    event = event_of(request(body=b"abc", headers=(("content-type", content_type),)))

    assert event["isBase64Encoded"] is not is_text


def test_a_structured_answer_becomes_http() -> None:
    answer = read_answer(
        {
            "statusCode": 201,
            "headers": {"Location": "./x", "X-Total-Count": 7, "X-Yes": True, "Content-Length": "99"},
            "cookies": ["a=b", "c=d; Secure"],
            "body": "ü",
        }
    )

    assert answer.status == 201
    assert answer.body == "ü".encode()
    assert answer.headers == (
        ("location", "./x"),
        ("x-total-count", "7"),
        ("x-yes", "true"),
        ("content-type", "text/plain;charset=UTF-8"),
        ("set-cookie", "a=b"),
        ("set-cookie", "c=d; Secure"),
        ("content-length", "2"),
    )


@given(st.binary(max_size=100))
def test_a_base64_answer_is_decoded(body: bytes) -> None:
    answer = read_answer({"statusCode": 200, "body": base64.b64encode(body).decode(), "isBase64Encoded": True})

    assert answer.body == body


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_may_have_no_body_has_no_length(status: int) -> None:
    answer = read_answer({"statusCode": status, "headers": {"etag": "x"}, "body": ""})

    assert answer.headers == (("etag", "x"),)
    assert answer.body == b""


@pytest.mark.parametrize(("result", "body"), [("plain", b"plain"), ({"a": 1}, b'{"a": 1}'), (None, b"null")])
def test_what_has_no_status_code_is_a_json_body(result: object, body: bytes) -> None:
    answer = read_answer(result)

    assert (answer.status, answer.body) == (200, body)
    assert ("content-type", "application/json") in answer.headers


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": 99},
        {"statusCode": 700},
        {"statusCode": None},
        {"statusCode": "abc"},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
        {"statusCode": 200, "headers": {"a": "\u20ac"}},
        {"statusCode": 200, "cookies": "a=b"},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "body": "not base64!", "isBase64Encoded": True},
        {"statusCode": 200, "body": b"bytes"},
        {"statusCode": 200, "body": "x" * FUNCTION_PAYLOAD_LIMIT},
    ],
)
def test_what_api_gateway_cannot_send_is_malformed(result: object) -> None:
    with pytest.raises(MalformedAnswer):
        read_answer(result)


def test_a_functions_answer_is_measured_as_the_runtime_sends_it() -> None:
    """Lambda's Python 3.13 sends characters as they are, in UTF-8, and not as escapes."""
    body = "\N{ROCKET}" * (FUNCTION_PAYLOAD_LIMIT // 4 - 100)

    assert read_answer({"statusCode": 200, "body": body}).body == body.encode()


def test_api_gateways_own_answers_have_one_member() -> None:
    answer = gateway_message(413, "Request Entity Too Large")

    assert (answer.status, answer.body) == (413, b'{"message": "Request Entity Too Large"}')
    assert answer.headers == (("content-type", "application/json"), ("content-length", "39"))
