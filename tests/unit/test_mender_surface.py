"""What the Mender surface asks of bodies and adds to answers (mender contract 1.3, 1.5)."""

from __future__ import annotations

import pytest

from mender._surface import check_json_body, repeat_request_id
from sluiceway.domain.errors import Invalid, SluicewayError, TooLarge, UnsupportedMediaType
from sluiceway.http.routes import MEBIBYTE
from tests.unit.http.requests import request_for

TOO_LARGE = "request body too large: at most 1 MiB of JSON"
ANOTHER_TYPE = "Bad Content-Type, expected 'application/json'"
NO_TYPE = "malformed Content-Type header"


@pytest.mark.parametrize(
    ("content_type", "body", "kind", "error"),
    [
        ("application/json", b"x" * (MEBIBYTE + 1), TooLarge, TOO_LARGE),
        ("text/plain", b"x" * (MEBIBYTE + 1), TooLarge, TOO_LARGE),
        ("text/plain", b"{}", UnsupportedMediaType, ANOTHER_TYPE),
        ("application/jsonx", b"{}", UnsupportedMediaType, ANOTHER_TYPE),
        ("application/vnd.api+json", b"{}", UnsupportedMediaType, ANOTHER_TYPE),
        ("json", b"{}", Invalid, NO_TYPE),
        ("/json", b"{}", Invalid, NO_TYPE),
        ("application/", b"{}", Invalid, NO_TYPE),
        ("a/b/c", b"{}", Invalid, NO_TYPE),
        (";charset=utf-8", b"{}", Invalid, NO_TYPE),
    ],
)
def test_another_body_is_refused(content_type: str, body: bytes, kind: type[SluicewayError], error: str) -> None:
    with pytest.raises(SluicewayError) as refused:
        check_json_body(request_for(body=body, content_type=content_type))
    assert (type(refused.value), str(refused.value)) == (kind, error)


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
def test_json_untyped_and_empty_bodies_pass(content_type: str, body: bytes) -> None:
    check_json_body(request_for(body=body, content_type=content_type))


def test_an_answer_repeats_the_request_id() -> None:
    assert repeat_request_id(request_for(x_request_id="mine"), None) == {"X-MEN-RequestID": "mine"}
