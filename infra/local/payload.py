"""What API Gateway's HTTP APIs make of a request and of a function's answer (payload format 2.0)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from infra.local.aws import ACCOUNT

FUNCTION_PAYLOAD_LIMIT = 6_291_556
"""Bytes of JSON that a synchronous Lambda invocation takes, and gives back."""
_TEXT_TYPES = re.compile(r"text/.+|application/(json|javascript|xml)")
_CONNECTION_HEADERS = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "expect"})
_STATUSES_WITHOUT_BODY = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request as it arrived; `target` is the path as sent, without the query. Header names are in lower case."""

    method: str
    target: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    client: str
    scheme: str
    port: int
    http_version: str

    @property
    def path(self) -> str:
        """The path as HTTP APIs see it: percent-decoded before routes are matched."""
        return unquote(self.target, errors="replace")


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What goes back to the caller."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class MalformedAnswer(Exception):
    """A function returned what API Gateway cannot turn into HTTP; the caller gets its 500."""


def make_event(
    request: HttpRequest, route_key: str, parameters: Mapping[str, str], request_id: str, moment: datetime
) -> dict[str, Any]:
    """The event a function is invoked with; members that would be empty are left out, as API Gateway does."""
    headers = _event_headers(request)
    optional = {
        "cookies": _cookies(request),
        "queryStringParameters": _joined(parse_qsl(request.query, keep_blank_values=True)),
        "pathParameters": dict(parameters),
    }
    return {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": _context(request, headers, route_key, request_id, moment),
        **{name: value for name, value in optional.items() if value},
        **_event_body(request.body, headers.get("content-type", "")),
    }


def _event_headers(request: HttpRequest) -> dict[str, str]:
    kept = [(name, value) for name, value in request.headers if name not in _CONNECTION_HEADERS | {"cookie"}]
    headers = _joined(kept)
    forwarded = [headers["x-forwarded-for"]] if "x-forwarded-for" in headers else []
    return {
        "host": f"127.0.0.1:{request.port}",
        **headers,
        "content-length": str(len(request.body)),
        "x-forwarded-for": ", ".join([*forwarded, request.client]),
        "x-forwarded-port": str(request.port),
        "x-forwarded-proto": request.scheme,
    }


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """One value per name: repeated ones are joined by commas."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _cookies(request: HttpRequest) -> list[str]:
    lines = [value for name, value in request.headers if name == "cookie"]
    return [cookie.strip() for line in lines for cookie in line.split(";") if cookie.strip()]


def _context(
    request: HttpRequest, headers: Mapping[str, str], route_key: str, request_id: str, moment: datetime
) -> dict[str, Any]:
    domain = headers["host"].rsplit(":", 1)[0]
    return {
        "accountId": ACCOUNT,
        "apiId": "local",
        "domainName": domain,
        "domainPrefix": domain.split(".", maxsplit=1)[0],
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": f"HTTP/{request.http_version}",
            "sourceIp": request.client,
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": request_id,
        "routeKey": route_key,
        "stage": "$default",
        "time": moment.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(moment.timestamp() * 1000),
    }


def _event_body(body: bytes, content_type: str) -> dict[str, Any]:
    """Text of the few types that API Gateway knows as text; everything else is base64."""
    if not body:
        return {"isBase64Encoded": False}
    if _TEXT_TYPES.fullmatch(content_type.partition(";")[0].strip().lower()):
        try:
            return {"body": body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def read_answer(result: object) -> HttpAnswer:
    """Turn what a function returned into HTTP. Raises MalformedAnswer."""
    try:
        size = len(json.dumps(result, ensure_ascii=False).encode())
    except (TypeError, ValueError) as error:
        raise MalformedAnswer(f"the function returned what JSON cannot express: {error}") from error
    if size > FUNCTION_PAYLOAD_LIMIT:
        raise MalformedAnswer(f"the function returned {size} bytes, more than Lambda's {FUNCTION_PAYLOAD_LIMIT}")
    if isinstance(result, dict) and "statusCode" in result:
        return _structured(result)
    text = result if isinstance(result, str) else json.dumps(result)
    return with_body(200, text.encode(), (("content-type", "application/json"),))


def _structured(result: Mapping[str, Any]) -> HttpAnswer:
    status, headers, cookies = result["statusCode"], result.get("headers") or {}, result.get("cookies") or []
    if not isinstance(status, int | str) or not re.fullmatch(r"[1-5]\d\d", str(status)):
        raise MalformedAnswer(f"statusCode {status!r} is not an HTTP status")
    if not isinstance(headers, dict) or not isinstance(cookies, list):
        raise MalformedAnswer("headers are not an object, or cookies not a list")
    named = [(str(name).lower(), _header_text(value)) for name, value in headers.items()]
    kept = [pair for pair in named if pair[0] not in _CONNECTION_HEADERS | {"content-length"}]
    body = _answer_body(result)
    if body and "content-type" not in dict(kept):
        kept.append(("content-type", "text/plain;charset=UTF-8"))
    return with_body(int(status), body, (*kept, *(("set-cookie", _header_text(cookie)) for cookie in cookies)))


def _header_text(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if not re.fullmatch(r"[\t\x20-\x7e\x80-\xff]*", text):
        raise MalformedAnswer(f"a header holds characters that HTTP does not allow: {text!r}")
    return text


def _answer_body(result: Mapping[str, Any]) -> bytes:
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedAnswer("the body is not a string")
    if not result.get("isBase64Encoded"):
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise MalformedAnswer("the body is not base64, though the answer says so") from error


def with_body(status: int, body: bytes, headers: tuple[tuple[str, str], ...] = ()) -> HttpAnswer:
    """An answer with its length stated; 204 and 304 have none."""
    if status in _STATUSES_WITHOUT_BODY:
        return HttpAnswer(status, headers, b"")
    return HttpAnswer(status, (*headers, ("content-length", str(len(body)))), body)


def gateway_message(status: int, message: str, *headers: tuple[str, str]) -> HttpAnswer:
    """An answer of API Gateway's own: always this one JSON member."""
    body = json.dumps({"message": message}).encode()
    return with_body(status, body, (("content-type", "application/json"), *headers))
