"""How the native surface words what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from native._errors import WORDINGS, fail, refuse
from native._surface import SURFACE
from sluiceway.domain import errors
from sluiceway.domain.errors import SluicewayError
from sluiceway.http.request import Request, parse_event
from sluiceway.http.routes import Caller
from sluiceway.storage.table import Throttled
from tests.support.events import http_event


def request() -> Request:
    return parse_event(http_event("GET", "/api/v1/webhooks", {"X-Request-Id": "mine"}), SURFACE.request_id_header)


@pytest.mark.parametrize(
    ("error", "status", "code", "params"),
    [
        (errors.Invalid("odd"), 400, "invalid_request", {}),
        (
            errors.InvalidMembers([("a.b", "is odd"), ("", "is no object")]),
            400,
            "invalid_request",
            {"fields": [{"field": "a.b", "problem": "is odd"}, {"field": "", "problem": "is no object"}]},
        ),
        (errors.Unauthenticated("no key"), 401, "invalid_api_key", {}),
        (
            errors.MissingScopes(("b:c", "a:b"), ("b:c",)),
            403,
            "forbidden",
            {"required": ["a:b", "b:c"], "missing": ["b:c"]},
        ),
        (errors.NotFound("webhook 1"), 404, "not_found", {}),
        (errors.MethodNotAllowed(("GET", "PUT")), 405, "method_not_allowed", {"allowed": ["GET", "PUT"]}),
        (errors.Conflict("taken"), 409, "conflict", {}),
        (errors.DuplicateDeployment("d1"), 409, "duplicate_deployment", {"deployment_id": "d1"}),
        (errors.TooManyApiKeys("500"), 409, "too_many_api_keys", {}),
        (errors.TooManyWebhooks("20"), 409, "too_many_webhooks", {}),
        (errors.TooManySecrets("5"), 409, "too_many_secrets", {}),
        (errors.TooLarge("2 MiB"), 413, "payload_too_large", {}),
        (errors.UnsupportedMediaType("text"), 415, "unsupported_media_type", {}),
        (errors.Unprocessable("no"), 422, "refused", {}),
        (errors.AnswerTooLarge("large"), 500, "answer_too_large", {}),
        (Throttled("busy", retry_after=7), 503, "unavailable", {}),
    ],
)
def test_a_refusal_has_a_status_a_stable_code_and_parameters(
    error: SluicewayError, status: int, code: str, params: object
) -> None:
    answer = refuse(error, request(), Caller.PROGRAM)
    body = json.loads(answer.body)
    assert (answer.status, body["error"]["code"], body["error"]["params"]) == (status, code, params)
    assert body["error"]["message"].startswith(f"{error}. ")
    assert body["request_id"] == "mine"


def test_a_refusal_says_what_to_do_next_or_that_nothing_was_done() -> None:
    assert [wording.code for wording in WORDINGS.values() if not wording.advice] == []


def test_codes_are_told_apart() -> None:
    codes = [wording.code for wording in WORDINGS.values()]
    assert sorted(set(codes)) == sorted(codes)


def _all_kinds(kind: type[SluicewayError]) -> Iterator[type[SluicewayError]]:
    for inner in kind.__subclasses__():
        yield inner
        yield from _all_kinds(inner)


def test_every_error_has_a_wording() -> None:
    for kind in _all_kinds(SluicewayError):
        assert any(each in WORDINGS for each in kind.__mro__), kind


def test_a_busy_store_asks_to_come_back() -> None:
    answer = refuse(Throttled("busy", retry_after=7), request(), Caller.PROGRAM)
    assert answer.headers["retry-after"] == "7"


def test_an_error_of_our_own_tells_nothing_but_where_to_look() -> None:
    answer = fail(request())
    error = json.loads(answer.body)["error"]
    assert (answer.status, error["code"], error["params"]) == (500, "internal_error", {})
    assert "log" in error["message"]
