"""Calls addresses that users of a workspace chose, and nothing in the surroundings of this process.

The name is resolved once, every address that it has is checked, and the connection is made to one of these addresses;
the certificate is still that of the name. No proxy is used and no redirect followed.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from threading import Timer

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util import Url, parse_url

from sluiceway.domain.addresses import is_loopback, is_public

SUCCESS = range(200, 300)
"""Statuses that say yes."""
_STEP_SECONDS = 4.0
"""For connecting, for the handshake of TLS, and for each wait for bytes."""
_MOST_ADDRESSES = 3
"""Of one name, tried one after the other; all that it has are checked."""
_WHOLE_SECONDS = 15.0
"""From the connection to the head of the answer, however slowly it trickles in; its body is not read."""
_PORTS = {"https": 443, "http": 80}


class NoAnswer(Exception):
    """The text says why none came."""


@dataclass(frozen=True, slots=True)
class PublicHttp:
    """HTTP without its dangers. `loopback` admits this machine too, also without TLS: for the local cloud only."""

    loopback: bool = False
    trust: Callable[[], ssl.SSLContext] = ssl.create_default_context

    def call(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> int:
        """Send one request and return the status of the answer, the body of which is not read. Raises NoAnswer."""
        try:
            return self._call(method, parse_url(url), headers, body)
        except (HTTPError, HTTPException, OSError) as error:
            raise NoAnswer(f"no answer: {error}") from error

    def _call(self, method: str, url: Url, headers: Mapping[str, str], body: bytes | None) -> int:
        with closing(self._connect(url)) as connection, _cut_off_after(_WHOLE_SECONDS, connection):
            sent = {**headers, "host": url.netloc or "", "user-agent": "Sluiceway"}
            connection.request(method, url.request_uri, body, sent, preload_content=False)
            return connection.getresponse().status

    def _connect(self, url: Url) -> HTTPConnection:
        """Connect to the first of the checked addresses that lets us."""
        failed: Exception = NoAnswer(f"{url.host} has no address")
        for address in self._admitted_addresses(url)[:_MOST_ADDRESSES]:
            connection = self._connection(url, address)
            try:
                connection.connect()
            except (HTTPError, OSError) as error:
                connection.close()
                failed = error
            else:
                return connection
        raise failed

    def _admitted_addresses(self, url: Url) -> list[str]:
        addresses = _resolve(url)
        refused = [address for address in addresses if not self._is_admitted(url, address)]
        if refused:
            raise NoAnswer(
                f"{url.host} has the address {refused[0]}, which is not public: only public addresses are "
                f"called, and over TLS only"
            )
        return addresses

    def _is_admitted(self, url: Url, address: str) -> bool:
        if self.loopback and is_loopback(address):
            return True
        return url.scheme == "https" and is_public(address)

    def _connection(self, url: Url, address: str) -> HTTPConnection:
        port = _port(url)
        if url.scheme == "http":
            return HTTPConnection(address, port, timeout=_STEP_SECONDS)
        return HTTPSConnection(
            address, port, timeout=_STEP_SECONDS, ssl_context=self.trust(), server_hostname=_bare_host(url)
        )


def _resolve(url: Url) -> list[str]:
    try:
        found = socket.getaddrinfo(_bare_host(url), _port(url), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoAnswer(f"{url.host} has no address: {error}") from error
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def _port(url: Url) -> int:
    return url.port or _PORTS[url.scheme or "https"]


def _bare_host(url: Url) -> str:
    """Return the host as resolvers and certificates have it: an IPv6 address without its brackets."""
    return (url.host or "").strip("[]")


@contextmanager
def _cut_off_after(seconds: float, connection: HTTPConnection) -> Iterator[None]:
    """End the connection from outside: the time-outs of a socket begin again with every byte."""
    timer = Timer(seconds, _cut_off, [connection])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut_off(connection: HTTPConnection) -> None:
    with suppress(OSError):
        if connection.sock:
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)
