"""A crossing between a genuine device and the service: all requests go through, and a test may act before one does.

It forwards to the plain port and changes only the headers of the hop, so that the service gets what the client sent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

Watch = Callable[[str, str, bytes], None]
"""Told method, path and body of each request before it goes on."""
_OF_THE_HOP = {"connection", "transfer-encoding", "content-length"}


@contextmanager
def crossing(url: str, watch: Watch) -> Iterator[str]:
    """Yield the address of the crossing, on loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _forward(self) -> None:
            body = self._body()
            watch(self.command, self.path, body)
            kept = {name: value for name, value in self.headers.items() if name.lower() not in _OF_THE_HOP}
            answer = httpx.request(self.command, f"{url}{self.path}", headers=kept, content=body, timeout=30)
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in _OF_THE_HOP:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_PUT = do_PATCH = _forward  # noqa: N815 - the names that the base class looks for

        def _body(self) -> bytes:
            if self.headers.get("transfer-encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("content-length", 0)))
            chunks = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(chunks)

        def log_message(self, *_: object) -> None:
            """Say nothing: the service and the device both log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
