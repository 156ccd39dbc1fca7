"""A webhook endpoint on loopback: a server that keeps what it receives and answers as a test says."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass(frozen=True, slots=True)
class Received:
    """One request; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came, oldest first."""

    port: int
    scheme: str
    received: list[Received] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hook?from=sluiceway"


Answer = Callable[[Received], tuple[int, Mapping[str, str]]]


def answering(status: int, **headers: str) -> Answer:
    """The same answer to everything."""
    return lambda _: (status, headers)


_TAKEN = answering(204)


@contextmanager
def receiving(answer: Answer = _TAKEN, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """An endpoint, with TLS when a context for it is given, until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Received(self.command, self.path, headers, self.rfile.read(length))
            receiver.received.append(request)
            status, told = answer(request)
            self.send_response(status)
            for name, value in {**told, "content-length": "0"}.items():
                self.send_header(name, value)
            self.end_headers()

        do_GET = do_POST  # noqa: N815 - the name that the server looks for

        def log_message(self, *_: Any) -> None:  # noqa: ANN401 - what the server passes
            """Say nothing."""

    with serving(Handler, tls) as server:
        receiver = Receiver(server.server_port, "https" if tls else "http")
        yield receiver


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None) -> Iterator[ThreadingHTTPServer]:
    """A server on a free port of loopback, with a thread for each request, until the end of the block."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
