from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.local.certificate import Certificate, certificate_for_loopback
from infra.local.gateway import Gateway, Handler
from infra.local.routing import Origin, Router
from infra.local.servers import bind, serving
from sluiceway.http.routes import Caller, Route, Size
from tests.support.service import service

__all__ = ["service"]

UNHURRIED = Size(memory=128, timeout=29)


@dataclass(frozen=True, slots=True)
class Served:
    """A gateway on two free ports."""

    port: int
    tls_port: int
    certificate: Certificate

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def send(self, raw: bytes) -> bytes:
        """Everything that comes back for these bytes until the server closes the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(raw)
            return b"".join(iter(lambda: connection.recv(65_536), b""))


Serve = Callable[[dict[str, Handler]], AbstractContextManager[Served]]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate_for_loopback(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def serve(certificate: Certificate) -> Serve:
    @contextmanager
    def started(handlers: dict[str, Handler]) -> Iterator[Served]:
        with bind(0, "PORT") as plain, bind(0, "TLS_PORT") as tls:
            ports = plain.getsockname()[1], tls.getsockname()[1]
            gateway = Gateway(everywhere((route_of(key), handler) for key, handler in handlers.items()))
            with serving(gateway, plain, tls, certificate):
                yield Served(*ports, certificate)

    return started


def everywhere(routes: Iterable[tuple[Route, Handler]]) -> Origin[Handler]:
    """An origin with one surface, which has every path."""
    return Origin([(["/"], Router(routes))])


def route_of(key: str, size: Size = UNHURRIED) -> Route:
    method, _, path = key.rpartition(" ")
    return Route(method or "ANY", path, "module", Caller.ANYONE, size=size)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    return folder
