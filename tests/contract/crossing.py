"""A crossing between a genuine client and the service: every byte passes as it is, and a test may act before a request.

It understands of HTTP only where a request ends: what passes, the client and the service have said to each other.
"""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import h11
import httpx


@dataclass(slots=True)
class Passing:
    """What a request says."""

    method: str = ""
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    """By their names in lower case."""
    body: bytes = b""


Watch = Callable[[Passing], httpx.Response | None]
"""Told each request before it goes on, unless it is answered here."""
_READ_AT_ONCE = 65_536


@contextmanager
def crossing(url: str, watch: Watch) -> Iterator[str]:
    """Yield the address, on loopback, of a crossing to the plain port of the service."""
    service = httpx.URL(url)

    class Connection(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection((service.host, service.port)) as onward:
                back = threading.Thread(target=_carry_answers, args=(onward, self.request))
                back.start()
                _carry_requests(self.request, onward, watch)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Connection) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def _carry_answers(service: socket.socket, client: socket.socket) -> None:
    with _ending(client):
        while data := service.recv(_READ_AT_ONCE):
            client.sendall(data)


def _carry_requests(client: socket.socket, service: socket.socket, watch: Watch) -> None:
    with _ending(service):
        for request in _requests_of(client):
            answer = watch(request.said)
            if answer is None:
                service.sendall(request.sent)
            else:
                client.sendall(request.answered(answer))


@contextmanager
def _ending(sink: socket.socket) -> Iterator[None]:
    """Tell a side that the other has no more to say, or has gone."""
    try:
        with suppress(ConnectionError):
            yield
    finally:
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


def _requests_of(client: socket.socket) -> Iterator[_Request]:
    request = _Request()
    while data := client.recv(_READ_AT_ONCE):
        if request.is_whole_with(data):
            yield request
            request = _Request()


class _Request:
    """A request that comes in pieces; its client sends the next one only after the answer."""

    def __init__(self) -> None:
        self.sent = b""
        """It all, byte for byte."""
        self.said = Passing()
        self._copy = h11.Connection(h11.SERVER)

    def is_whole_with(self, data: bytes) -> bool:
        self.sent += data
        self._copy.receive_data(data)
        while not isinstance(event := self._copy.next_event(), type):
            self._note(event)
        return self._copy.their_state is h11.DONE

    def _note(self, event: h11.Event) -> None:
        match event:
            case h11.Request():
                self.said.method, self.said.path = event.method.decode(), event.target.decode()
                self.said.headers = {name.decode(): value.decode() for name, value in event.headers}
            case h11.Data():
                self.said.body += event.data

    def answered(self, answer: httpx.Response) -> bytes:
        """Put an answer to it into bytes."""
        head = h11.Response(status_code=answer.status_code, headers=answer.headers.raw)
        events: list[h11.Event] = [head, h11.Data(data=answer.content), h11.EndOfMessage()]
        return b"".join(self._copy.send(event) or b"" for event in events)
