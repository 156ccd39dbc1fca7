"""What every handler has in common, on a surface of two probes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from sluiceway.domain.errors import Forbidden, SluicewayError, Unauthenticated
from sluiceway.http.endpoint import MOST_ANSWER_BYTES, Call, Surface
from sluiceway.http.request import Request
from sluiceway.http.response import NO_CONTENT, Response, as_json
from sluiceway.http.routes import MEBIBYTE, Body, Caller, Route
from sluiceway.runtime import wiring
from sluiceway.usecases.service import Service
from tests.support.app import running_app
from tests.support.events import http_event
from tests.support.logs import recorded_logs

ROUTES = (
    Route("POST", "/json", "take_json", Caller.USER, body=Body.JSON),
    Route("POST", "/raw", "take_raw", Caller.USER, body=Body.RAW),
)
SECRETS = {"token": "token-3fd1", "password": "password-77ab", "body": "body-text-a0c4", "signature": "c2lnbmF0dXJl"}


def refuse(error: SluicewayError, _request: Request, caller: Caller) -> Response:
    return as_json({"error": str(error), "caller": caller.name}, 418)


SURFACE = Surface("probe", ROUTES, refuse, lambda _request: as_json({"error": "internal"}, 500), "X-Request-ID")


def authenticate(request: Request, _service: Service, _now: datetime) -> str:
    token = request.headers.get("authorization", "")
    if not token:
        raise Unauthenticated("no token")
    return token


def handler_for(module: str, function: Callable[[Call[str]], Response]) -> Callable[..., dict[str, Any]]:
    function.__module__ = f"probe.{module}"
    return SURFACE.endpoint(Caller.USER, authenticate)(function)


@pytest.fixture(autouse=True)
def _service() -> Iterator[None]:
    with running_app():
        yield


def post(
    function: Callable[[Call[str]], Response], body: bytes | str = b"", module: str = "take_json", **headers: str
) -> dict[str, Any]:
    named = {"authorization": "someone", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return handler_for(module, function)(http_event("POST", "/json", named, body), None)


class Probe:
    """A function that remembers its calls."""

    def __init__(self) -> None:
        self.calls: list[Call[str]] = []

    def __call__(self, call: Call[str]) -> Response:
        self.calls.append(call)
        return NO_CONTENT


@pytest.mark.parametrize("filling", ["x", "\n", "\x01", "€", "😀"])
def test_an_answer_may_be_as_large_as_lambda_lets_through_and_no_larger(filling: str) -> None:
    empty = len(json.dumps(Response(200, "").to_event()).encode())
    per_character = len(json.dumps(filling, ensure_ascii=False).encode()) - 2
    fitting = (MOST_ANSWER_BYTES - empty) // per_character
    sent = post(lambda _: Response(200, filling * fitting))
    assert (sent["statusCode"], len(sent["body"])) == (200, fitting)
    assert len(json.dumps(sent, ensure_ascii=False).encode()) <= 6 * MEBIBYTE
    refused = post(lambda _: Response(200, filling * (fitting + 1)))
    assert (refused["statusCode"], "larger than the 6 MB" in refused["body"]) == (418, True)


def test_a_function_is_given_caller_request_service_and_time() -> None:
    probe = Probe()
    answer = post(probe, b"{}")
    (call,) = probe.calls
    assert (call.caller, call.request.body, call.service) == ("someone", b"{}", wiring.service())
    assert call.now.isoformat() == "2026-03-11T13:00:00+00:00"
    assert (answer["statusCode"], answer["body"]) == (204, "")


def test_every_answer_repeats_the_request_id() -> None:
    def crash(_call: Call[str]) -> Response:
        raise ZeroDivisionError

    def forbid(_call: Call[str]) -> Response:
        raise Forbidden("no")

    for function, status in ((crash, 500), (forbid, 418), (lambda _call: NO_CONTENT, 204)):
        answer = post(function, x_request_id="mine")
        assert (answer["statusCode"], answer["headers"]["X-Request-ID"]) == (status, "mine")


def test_who_is_calling_is_decided_before_the_body_is_looked_at() -> None:
    probe = Probe()
    body = b"x" * (MEBIBYTE + 1)
    event = http_event("POST", "/json", {"content-type": "text/plain"}, body)
    answer = handler_for("take_json", probe)(event, None)
    assert json.loads(answer["body"]) == {"error": "no token", "caller": "USER"}
    assert not probe.calls


@pytest.mark.parametrize(
    ("content_type", "body", "error"),
    [
        ("application/json", b"x" * (MEBIBYTE + 1), "request body too large: at most 1 MiB of JSON"),
        ("text/plain", b"x" * (MEBIBYTE + 1), "request body too large: at most 1 MiB of JSON"),
        ("text/plain", b"{}", "Bad Content-Type, expected 'application/json'"),
        ("application/jsonx", b"{}", "Bad Content-Type, expected 'application/json'"),
        ("application/vnd.api+json", b"{}", "Bad Content-Type, expected 'application/json'"),
        ("json", b"{}", "malformed Content-Type header"),
        ("/json", b"{}", "malformed Content-Type header"),
        ("application/", b"{}", "malformed Content-Type header"),
        ("a/b/c", b"{}", "malformed Content-Type header"),
        (";charset=utf-8", b"{}", "malformed Content-Type header"),
    ],
)
def test_a_json_route_refuses_other_bodies(content_type: str, body: bytes, error: str) -> None:
    answer = post(lambda _call: NO_CONTENT, body, content_type=content_type)
    assert (answer["statusCode"], json.loads(answer["body"])["error"]) == (418, error)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"x" * MEBIBYTE),
        ("Application/JSON; charset=UTF-8", b"{}"),
        ("", b"{}"),
        ("text/plain", b""),
        ("nonsense", b""),
    ],
)
def test_a_json_route_takes_json_untyped_and_empty_bodies(content_type: str, body: bytes) -> None:
    assert post(lambda _call: NO_CONTENT, body, content_type=content_type)["statusCode"] == 204


def test_a_raw_route_takes_any_body() -> None:
    answer = post(lambda _call: NO_CONTENT, b"x" * (MEBIBYTE + 1), module="take_raw", content_type="multipart/mixed")
    assert answer["statusCode"] == 204


def test_a_function_for_another_caller_than_its_route_says_cannot_be_made() -> None:
    def function(_call: Call[str]) -> Response:
        return NO_CONTENT

    function.__module__ = "probe.take_json"
    with pytest.raises(TypeError, match=r"take_json is decorated for Caller\.DEVICE but its route says Caller\.USER"):
        SURFACE.endpoint(Caller.DEVICE, authenticate)(function)


@pytest.fixture
def lines() -> Iterator[list[str]]:
    with recorded_logs() as written:
        yield written


def _crash_with_a_cause(call: Call[str]) -> Response:
    """Fails as a programming error does: far from the input, which is in the locals of every frame."""
    try:
        json.loads(call.request.body)["missing"]
    except KeyError as cause:
        raise RuntimeError("cannot happen") from cause
    return NO_CONTENT


def _refuse_with_the_body(call: Call[str]) -> Response:
    raise Forbidden(call.request.body.decode())


@pytest.mark.parametrize("function", [_crash_with_a_cause, _refuse_with_the_body, lambda _call: NO_CONTENT])
def test_no_token_password_signature_or_body_is_logged(
    lines: list[str],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    function: Callable[[Call[str]], Response],
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Sluiceway")
    post(
        function,
        json.dumps({"text": SECRETS["body"], "password": SECRETS["password"]}),
        authorization=f"Bearer {SECRETS['token']}",
        x_men_signature=SECRETS["signature"],
    )
    printed = "".join(capfd.readouterr())
    assert printed
    assert [secret for secret in SECRETS.values() if secret in "".join(lines) + printed] == []


def test_an_unexpected_error_is_logged_whole_under_the_request_id(lines: list[str]) -> None:
    post(_crash_with_a_cause, b"{}", x_request_id="mine")
    (line,) = [json.loads(line) for line in lines]
    assert (line["level"], line["request_id"], line["route"]) == ("ERROR", "mine", "POST /json")
    assert "_crash_with_a_cause" in line["exception"]


def test_a_refusal_is_logged_by_its_kind(lines: list[str]) -> None:
    post(_refuse_with_the_body, b"{}", x_request_id="mine")
    (line,) = [json.loads(line) for line in lines]
    assert (line["level"], line["reason"], line["request_id"]) == ("INFO", "Forbidden", "mine")
