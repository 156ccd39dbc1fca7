"""What every handler has in common, on a surface of two probes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest

from sluiceway.domain.errors import Forbidden, SluicewayError, TooLarge, Unauthenticated
from sluiceway.http.endpoint import MOST_ANSWER_BYTES, Call, Surface
from sluiceway.http.request import Request, parse_event
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
TOO_LARGE = b"too large"
SECRETS = {"token": "token-3fd1", "password": "password-77ab", "body": "body-text-a0c4", "signature": "c2lnbmF0dXJl"}


def refuse(error: SluicewayError, _request: Request, caller: Caller) -> Response:
    return as_json({"error": str(error), "caller": caller.name}, 418)


def check_body(request: Request) -> None:
    if request.body == TOO_LARGE:
        raise TooLarge("too large for a probe")


def say_who(request: Request, caller: object) -> Mapping[str, str]:
    return {"X-Request-ID": request.id, "X-Caller": str(caller)}


SURFACE = Surface(
    name="probe",
    routes=ROUTES,
    refuse=refuse,
    fail=lambda _request: as_json({"error": "internal"}, 500),
    check_body=check_body,
    headers=say_who,
    request_id_header="X-Request-ID",
)


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


def crash(_call: Call[str]) -> Response:
    raise ZeroDivisionError


def forbid(_call: Call[str]) -> Response:
    raise Forbidden("no")


@pytest.mark.parametrize(("function", "status"), [(crash, 500), (forbid, 418), (lambda _call: NO_CONTENT, 204)])
def test_every_answer_carries_the_headers_of_the_surface(
    function: Callable[[Call[str]], Response], status: int
) -> None:
    answer = post(function, x_request_id="mine")
    assert answer["statusCode"] == status
    assert (answer["headers"]["X-Request-ID"], answer["headers"]["X-Caller"]) == ("mine", "someone")


def test_the_headers_of_a_surface_know_of_no_caller_where_the_credentials_are_refused() -> None:
    answer = handler_for("take_json", Probe())(http_event("POST", "/json"), None)
    assert (answer["statusCode"], answer["headers"]["X-Caller"]) == (418, "None")


def test_a_surface_without_a_request_id_header_makes_the_id_up() -> None:
    assert parse_event(http_event("GET", "/", {"X-Request-ID": "theirs"})).id != "theirs"


def test_who_is_calling_is_decided_before_the_body_is_looked_at() -> None:
    probe = Probe()
    answer = handler_for("take_json", probe)(http_event("POST", "/json", body=TOO_LARGE), None)
    assert json.loads(answer["body"]) == {"error": "no token", "caller": "USER"}
    assert not probe.calls


def test_a_json_route_takes_only_what_its_surface_lets_pass() -> None:
    probe = Probe()
    answer = post(probe, TOO_LARGE)
    assert json.loads(answer["body"]) == {"error": "too large for a probe", "caller": "USER"}
    assert not probe.calls
    assert post(probe, b"{}")["statusCode"] == 204


def test_a_raw_route_takes_any_body() -> None:
    assert post(lambda _call: NO_CONTENT, TOO_LARGE, module="take_raw")["statusCode"] == 204


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
