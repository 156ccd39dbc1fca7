"""A crossing between a genuine client and the service: all requests go through, and a test may act before one does.

It forwards to the plain port and changes only the headers of the hop, so that the service gets what the client sent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

Watch = Callable[[str, str, bytes], httpx.Response | None]
"""Told method, path and body of each request before it goes on, unless it is answered here."""
_OF_THE_HOP = {"connection", "transfer-encoding", "content-length"}


@contextmanager
def crossing(url: str, watch: Watch) -> Iterator[str]:
    """Yield the address of the crossing, on loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _forward(self) -> None:
            body = _body(self)
            answer = watch(self.command, self.path, body) or self._answered(body)
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in _OF_THE_HOP:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _forward  # noqa: N815 - what the base class looks for

        def _answered(self, body: bytes) -> httpx.Response:
            kept = {name: value for name, value in self.headers.items() if name.lower() not in _OF_THE_HOP}
            return service.request(self.command, self.path, headers=kept, content=body)

        def log_message(self, *_: object) -> None:
            """Say nothing: the service and the device both log."""

    service = httpx.Client(base_url=url, timeout=30, trust_env=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        service.close()


def _body(request: BaseHTTPRequestHandler) -> bytes:
    """Read what follows the headers of a request."""
    if request.headers.get("transfer-encoding", "").lower() != "chunked":
        return request.rfile.read(int(request.headers.get("content-length", 0)))
    chunks = []
    while size := int(request.rfile.readline().split(b";")[0], 16):
        chunks.append(request.rfile.read(size))
        request.rfile.readline()
    request.rfile.readline()
    return b"".join(chunks)
