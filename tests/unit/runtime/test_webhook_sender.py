"""Events go where users say, but never into the surroundings of the process that sends them."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest

from infra.local.certificate import Certificate, certificate_for_loopback
from sluiceway.runtime import public_http
from sluiceway.runtime.public_http import PublicHttp
from sluiceway.runtime.webhook_sender import HttpWebhookSender
from tests.support.receiver import Receiver, answering, receiving

PUBLIC, INTERNAL = "93.184.215.14", "10.0.0.8"
BODY = b'{"object":"event"}'
HEADERS = {"webhook-id": "msg_1"}
LOCAL = HttpWebhookSender(PublicHttp(loopback=True))
PUBLIC_ONLY = HttpWebhookSender(PublicHttp())


@pytest.fixture(scope="module", name="certificate")
def _certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate_for_loopback(tmp_path_factory.mktemp("tls"))


@pytest.fixture(name="receiver")
def _receiver(certificate: Certificate) -> Iterator[Receiver]:
    """An endpoint with TLS, whose certificate is for localhost."""
    with receiving(tls=server_context(certificate)) as receiver:
        yield receiver


def server_context(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.chain, certificate.key)
    return context


def trusting(certificate: Certificate, *, loopback: bool = True) -> HttpWebhookSender:
    return HttpWebhookSender(PublicHttp(loopback, lambda: ssl.create_default_context(cafile=str(certificate.ca))))


def resolves_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let every name have these addresses, and return the names that are asked for."""
    asked: list[str] = []
    look_up = socket.getaddrinfo

    def answer(host: str, port: int, *others: Any, **named: Any) -> Any:  # noqa: ANN401 - as the original
        if host in addresses:
            return look_up(host, port, *others, **named)
        asked.append(host)
        return [found for each in addresses for found in look_up(each, port, *others, **named)]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return asked


def connects_to(monkeypatch: pytest.MonkeyPatch, connect: Callable[[str], None]) -> list[str]:
    """Let every connection be made to loopback, and return where it was meant to go."""
    tried: list[str] = []
    genuine = socket.socket.connect

    def to_loopback(sock: socket.socket, place: Any) -> None:  # noqa: ANN401 - as the original
        tried.append(place[0])
        connect(place[0])
        genuine(sock, ("127.0.0.1", place[1]))

    monkeypatch.setattr(socket.socket, "connect", to_loopback)
    return tried


def test_a_body_is_posted_as_json_with_its_headers() -> None:
    with receiving() as receiver:
        assert LOCAL.send(receiver.url, HEADERS, BODY) == ""
    (request,) = receiver.received
    assert (request.method, request.path, request.body) == ("POST", "/hook?from=sluiceway", BODY)
    assert (
        request.headers.items()
        >= {
            "webhook-id": "msg_1",
            "content-type": "application/json",
            "content-length": str(len(BODY)),
            "host": f"127.0.0.1:{receiver.port}",
            "user-agent": "Sluiceway",
        }.items()
    )


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_every_2xx_is_taken(status: int) -> None:
    with receiving(answering(status)) as receiver:
        assert LOCAL.send(receiver.url, HEADERS, BODY) == ""


@pytest.mark.parametrize("status", [301, 307, 400, 410, 500, 503])
def test_nothing_else_is_and_no_redirect_is_followed(status: int) -> None:
    with receiving() as other, receiving(answering(status, location=other.url)) as receiver:
        assert LOCAL.send(receiver.url, HEADERS, BODY) == f"answered {status}"
    assert len(receiver.received) == 1
    assert other.received == []


def test_a_connection_is_made_to_an_address_that_was_checked_and_the_name_is_resolved_once(
    monkeypatch: pytest.MonkeyPatch, certificate: Certificate, receiver: Receiver
) -> None:
    asked = resolves_to(monkeypatch, PUBLIC)
    tried = connects_to(monkeypatch, lambda _: None)
    problem = trusting(certificate, loopback=False).send(f"https://localhost:{receiver.port}/", HEADERS, BODY)
    assert problem == ""
    assert (asked, tried) == (["localhost"], [PUBLIC])
    assert receiver.received[0].headers["host"] == f"localhost:{receiver.port}"


def test_an_address_that_does_not_answer_gives_way_to_the_next(
    monkeypatch: pytest.MonkeyPatch, certificate: Certificate, receiver: Receiver
) -> None:
    def only_the_last(address: str) -> None:
        if address != PUBLIC:
            raise ConnectionRefusedError(address)

    resolves_to(monkeypatch, "8.8.8.8", PUBLIC)
    tried = connects_to(monkeypatch, only_the_last)
    assert trusting(certificate, loopback=False).send(f"https://localhost:{receiver.port}/", HEADERS, BODY) == ""
    assert tried == ["8.8.8.8", PUBLIC]


def test_a_name_of_many_addresses_is_not_tried_at_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(address: str) -> None:
        raise ConnectionRefusedError(address)

    resolves_to(monkeypatch, *(f"8.8.8.{number}" for number in range(1, 9)))
    tried = connects_to(monkeypatch, refuse)
    assert PUBLIC_ONLY.send("https://hooks.example.com/", HEADERS, BODY).startswith("no answer: ")
    assert tried == ["8.8.8.1", "8.8.8.2", "8.8.8.3"]


def test_the_certificate_is_that_of_the_name(
    monkeypatch: pytest.MonkeyPatch, certificate: Certificate, receiver: Receiver
) -> None:
    resolves_to(monkeypatch, "127.0.0.1")
    problem = trusting(certificate).send(f"https://hooks.example.com:{receiver.port}/", HEADERS, BODY)
    assert "certificate is not valid for 'hooks.example.com'" in problem
    assert receiver.received == []


def test_a_certificate_that_nobody_vouches_for_is_refused(receiver: Receiver) -> None:
    assert "certificate verify failed" in LOCAL.send(receiver.url, HEADERS, BODY)
    assert receiver.received == []


@pytest.mark.parametrize("addresses", [[INTERNAL], [PUBLIC, INTERNAL], ["169.254.169.254"], ["127.0.0.1"], ["fe80::1"]])
def test_nothing_is_sent_to_a_name_that_has_an_address_that_is_not_public(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    resolves_to(monkeypatch, *addresses)
    tried = connects_to(monkeypatch, lambda _: None)
    problem = PUBLIC_ONLY.send("https://hooks.example.com/", HEADERS, BODY)
    assert problem.startswith(f"hooks.example.com has the address {addresses[-1]}, which is not public")
    assert tried == []


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "localhost", "[::ffff:127.0.0.1]"])
def test_no_spelling_of_loopback_is_reached(host: str) -> None:
    with receiving() as receiver:
        problem = PUBLIC_ONLY.send(f"https://{host}:{receiver.port}/", HEADERS, BODY)
    assert "which is not public" in problem
    assert receiver.received == []


def test_without_tls_nothing_is_sent_even_to_public_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    resolves_to(monkeypatch, PUBLIC)
    tried = connects_to(monkeypatch, lambda _: None)
    for sender in (PUBLIC_ONLY, LOCAL):
        assert "over TLS" in sender.send("http://hooks.example.com/", HEADERS, BODY)
    assert tried == []


def test_the_local_cloud_reaches_loopback_and_still_nothing_else_that_is_not_public(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolves_to(monkeypatch, INTERNAL)
    assert "which is not public" in LOCAL.send("https://hooks.example.com/", HEADERS, BODY)


@pytest.mark.parametrize("url", ["https://no.such.name.invalid/", f"https://{'x' * 64}.example.com/", "https://a..b/"])
def test_a_name_without_an_address_is_said_to_have_none(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    look_up = socket.getaddrinfo

    def no_network(host: str, *others: Any, **named: Any) -> Any:  # noqa: ANN401 - as the original
        if host.endswith("invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(host, *others, **named)

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    assert " has no address: " in LOCAL.send(url, HEADERS, BODY)


def test_nobody_listening_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert LOCAL.send(f"http://127.0.0.1:{port}/", HEADERS, BODY).startswith("no answer: ")


@contextmanager
def trickling(head: bytes) -> Iterator[int]:
    """A server that sends bytes for as long as it may, each well within every time-out; its port."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(head)
            try:
                while True:
                    connection.sendall(b"x")
                    time.sleep(0.02)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


@pytest.mark.parametrize(
    ("head", "problem"),
    [(b"HTTP/1.1 ", "no answer"), (b"HTTP/1.1 200 OK\r\nx: ", ""), (b"HTTP/1.1 500 No\r\nx: ", "answered 500")],
)
def test_an_answer_that_trickles_in_is_cut_off_and_counts_by_the_status_that_has_come(
    monkeypatch: pytest.MonkeyPatch, head: bytes, problem: str
) -> None:
    monkeypatch.setattr(public_http, "_WHOLE_SECONDS", 0.2)
    with trickling(head) as port:
        assert LOCAL.send(f"http://127.0.0.1:{port}/", HEADERS, BODY).partition(":")[0] == problem


def test_the_body_of_an_answer_is_not_waited_for() -> None:
    with trickling(b"HTTP/1.1 200 OK\r\n\r\n") as port:
        assert LOCAL.send(f"http://127.0.0.1:{port}/", HEADERS, BODY) == ""
