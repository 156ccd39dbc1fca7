"""The two listeners in front of the gateway, plain and TLS, in a thread of their own."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from infra.local.certificate import Certificate
from infra.local.errors import LocalCloudError
from infra.local.gateway import Gateway

_GRACE_SECONDS = 3
_POLL_SECONDS = 0.01
_JOIN_SECONDS = _GRACE_SECONDS + 2.0
_HEAD_BUFFER = 1_048_576
"""More than the gateway's own limit, so that it is the gateway that refuses."""


def bind(port: int, variable: str) -> socket.socket:
    """Take a port on loopback (0: any free one). Raises LocalCloudError naming the variable that chooses it."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen()  # with SO_REUSEADDR it is only here that a port is taken for others
    except OSError as error:
        listener.close()
        why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise LocalCloudError(
            f"Port {port} on 127.0.0.1 {why}; stop what uses it, or choose another with {variable}=<port>."
        ) from error
    return listener


@contextmanager
def serving(gateway: Gateway, plain: socket.socket, tls: socket.socket, certificate: Certificate) -> Iterator[None]:
    """Serve on both sockets until the end of the block, then let requests under way finish for a moment."""
    servers = [
        (uvicorn.Server(_config(gateway)), plain),
        (uvicorn.Server(_config(gateway, certificate)), tls),
    ]
    thread = threading.Thread(target=lambda: asyncio.run(_serve(servers)), name="gateway", daemon=True)
    thread.start()
    try:
        _wait_until_started([server for server, _ in servers], thread)
        yield
    finally:
        for server, _ in servers:
            server.should_exit = True
        thread.join(_JOIN_SECONDS)


def _wait_until_started(servers: list[uvicorn.Server], thread: threading.Thread) -> None:
    while not all(server.started for server in servers):
        if not thread.is_alive():
            raise LocalCloudError("The gateway did not start; its log says why.")
        time.sleep(_POLL_SECONDS)


def _config(gateway: Gateway, certificate: Certificate | None = None) -> uvicorn.Config:
    return uvicorn.Config(
        gateway,
        http="h11",
        ws="none",
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        h11_max_incomplete_event_size=_HEAD_BUFFER,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        ssl_certfile=certificate.chain if certificate else None,
        ssl_keyfile=certificate.key if certificate else None,
    )


async def _serve(servers: list[tuple[uvicorn.Server, socket.socket]]) -> None:
    await asyncio.gather(*(server.serve(sockets=[listener]) for server, listener in servers))
