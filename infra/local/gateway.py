"""The ASGI application in front of the handlers: API Gateway's HTTP API and Lambda, in process.

Their limits and their own answers (`{"message": …}`) are those of AWS: they come before a handler is called, so no
handler can word them. A handler that runs into its time-out is answered for, but its thread goes on until it is done.
"""

from __future__ import annotations

import asyncio
import json
import time
import traceback
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from infra.local.aws import ACCOUNT, REGION
from infra.local.payload import (
    FUNCTION_PAYLOAD_LIMIT,
    HttpAnswer,
    HttpRequest,
    gateway_message,
    make_event,
    read_answer,
)
from infra.local.routing import Match, Origin

Handler = Callable[[Mapping[str, Any], object], object]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

REQUEST_BODY_LIMIT = 10 * 1_048_576
REQUEST_HEAD_LIMIT = 10_240
"""Bytes of the request line and all headers."""
THREADS = 32

_CLOSE = ("connection", "close")
TOO_LARGE = gateway_message(413, "Request Entity Too Large", _CLOSE)
HEAD_TOO_LARGE = gateway_message(431, "Request Header Fields Too Large", _CLOSE)
FAILED = gateway_message(500, "Internal Server Error")
TIMED_OUT = gateway_message(503, "Service Unavailable")


class _BodyTooLarge(Exception):
    """The body went past API Gateway's limit."""


class _CallerLeft(Exception):
    """The connection closed before the request was complete."""


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """The second argument of a handler, with the members that Lambda's own has."""

    function_name: str
    memory_limit_in_mb: int
    timeout: int
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    log_stream_name: str = "local"
    function_version: str = "$LATEST"
    started: float = field(default_factory=time.monotonic)

    @property
    def invoked_function_arn(self) -> str:
        """The name of the function in AWS's notation."""
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function_name}"

    @property
    def log_group_name(self) -> str:
        """Where Lambda would log."""
        return f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the time-out."""
        return max(0, int((self.timeout - (time.monotonic() - self.started)) * 1000))


class Gateway:
    """An ASGI application that calls the handler of the most specific route."""

    def __init__(self, origin: Origin[Handler]) -> None:
        self._origin = origin
        self._not_found = gateway_message(404, f"No surface has this path: theirs begin with {', '.join(origin.roots)}")
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="handler")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; uvicorn sends nothing but HTTP here, and drops the body of an answer to HEAD."""
        try:
            answer = await self._answer(scope, receive)
        except _CallerLeft:
            return
        await _send(answer, send)

    async def _answer(self, scope: Scope, receive: Receive) -> HttpAnswer:
        if _head_size(scope) > REQUEST_HEAD_LIMIT:
            return HEAD_TOO_LARGE
        try:
            body = await _read_body(scope, receive)
        except _BodyTooLarge:
            return TOO_LARGE
        request = _request(scope, body)
        match = self._origin.match(request.method, request.path)
        return await self._invoke(match, request) if match else self._not_found

    async def _invoke(self, match: Match[Handler], request: HttpRequest) -> HttpAnswer:
        route, request_id = match.route, uuid.uuid4().hex[:16]
        event = make_event(request, match.key, match.parameters, request_id, datetime.now(UTC))
        if len(json.dumps(event)) > FUNCTION_PAYLOAD_LIMIT:
            return TOO_LARGE
        context = LambdaContext(route.module, route.size.memory, route.size.timeout)
        call = asyncio.get_running_loop().run_in_executor(self._threads, match.target, event, context)
        done, _ = await asyncio.wait({call}, timeout=route.size.timeout)
        return _outcome(call) if done else TIMED_OUT


def _outcome(call: asyncio.Future[object]) -> HttpAnswer:
    try:
        return read_answer(call.result())
    except Exception:  # noqa: BLE001 -- as Lambda does: whatever a handler raises is logged, the caller gets a bare 500
        traceback.print_exc()
        return FAILED


def _head_size(scope: Scope) -> int:
    query = len(scope["query_string"]) + 1 if scope["query_string"] else 0
    line = len(f"{scope['method']}  HTTP/{scope['http_version']}\r\n") + len(scope["raw_path"]) + query
    return line + sum(len(name) + len(value) + len(": \r\n") for name, value in scope["headers"])


async def _read_body(scope: Scope, receive: Receive) -> bytes:
    """The whole body, chunked or not. One that is too large is read to its end, so that the caller sees the refusal."""
    headers = dict(scope["headers"])
    declared = headers.get(b"content-length", b"0")
    if int(declared) > REQUEST_BODY_LIMIT and b"expect" in headers:
        raise _BodyTooLarge
    body, size, more = bytearray(), 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _CallerLeft
        size += len(message.get("body", b""))
        if size <= REQUEST_BODY_LIMIT:
            body += message.get("body", b"")
        more = message.get("more_body", False)
    if size > REQUEST_BODY_LIMIT:
        raise _BodyTooLarge
    return bytes(body)


def _request(scope: Scope, body: bytes) -> HttpRequest:
    return HttpRequest(
        method=scope["method"],
        target=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]),
        body=body,
        client=scope["client"][0],
        scheme=scope["scheme"],
        port=scope["server"][1],
        http_version=scope["http_version"],
    )


async def _send(answer: HttpAnswer, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
