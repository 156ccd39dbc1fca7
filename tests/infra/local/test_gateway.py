from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from infra.local.gateway import REQUEST_BODY_LIMIT, REQUEST_HEAD_LIMIT, THREADS, Gateway
from infra.local.payload import FUNCTION_PAYLOAD_LIMIT
from infra.local.servers import bind, serving
from sluiceway.http.routes import Size
from tests.infra.local.conftest import Serve, Served, everywhere, route_of


def echo(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(event)}


def fail(_event: Mapping[str, Any], _context: object) -> object:
    raise RuntimeError("a secret of the handler")


def answer(**members: object) -> Any:  # noqa: ANN401 -- a handler
    return lambda _event, _context: members


@pytest.fixture
def echoing(serve: Serve) -> Iterator[Served]:
    with serve({"$default": echo}) as served:
        yield served


def get(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False)


def test_a_handler_gets_the_event_and_its_answer_goes_back(serve: Serve) -> None:
    with serve({"GET /a/{id}": echo, "$default": answer(statusCode=404)}) as served:
        event = get(f"{served.url}/a/b%2Bc?x=%20").json()
        unrouted = get(f"{served.url}/elsewhere")

    assert (event["routeKey"], event["pathParameters"], event["rawQueryString"]) == (
        "GET /a/{id}",
        {"id": "b+c"},
        "x=%20",
    )
    assert unrouted.status_code == 404


def test_the_tls_listener_is_trusted_by_its_own_authority_and_says_https(echoing: Served) -> None:
    trust = ssl.create_default_context(cafile=echoing.certificate.ca)

    for host in ("localhost", "127.0.0.1"):
        event = httpx.get(f"https://{host}:{echoing.tls_port}/", verify=trust, trust_env=False).json()
        assert event["headers"]["x-forwarded-proto"] == "https"


def test_callers_cannot_pretend_to_be_a_proxy(echoing: Served) -> None:
    forged = {"x-forwarded-for": "10.1.1.1", "x-forwarded-proto": "https"}
    event = httpx.get(echoing.url, headers=forged, trust_env=False).json()

    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"
    assert event["headers"]["x-forwarded-proto"] == "http"


def test_a_chunked_body_arrives_whole(echoing: Served) -> None:
    event = httpx.put(
        echoing.url, content=iter([b'{"a"', b": 1}"]), headers={"content-type": "application/json"}
    ).json()

    assert event["body"] == '{"a": 1}'
    assert event["headers"]["content-length"] == "8"
    assert "transfer-encoding" not in event["headers"]


def test_a_head_request_gets_the_headers_alone(echoing: Served) -> None:
    raw = echoing.send(b"HEAD / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    head, _, body = raw.partition(b"\r\n\r\n")

    assert b"content-length: " in head
    assert b"content-length: 0" not in head
    assert body == b""


def test_each_cookie_is_a_header_of_its_own(serve: Serve) -> None:
    with serve({"$default": answer(statusCode=200, cookies=["a=b", "c=d"])}) as served:
        response = get(served.url)

    assert response.headers.get_list("set-cookie") == ["a=b", "c=d"]


def test_an_exception_is_a_bare_500_and_its_trace_is_logged(serve: Serve, capfd: pytest.CaptureFixture[str]) -> None:
    with serve({"$default": fail}) as served:
        response = get(served.url)

    assert (response.status_code, response.json()) == (500, {"message": "Internal Server Error"})
    assert "a secret of the handler" in capfd.readouterr().err


def test_an_answer_that_is_none_is_a_bare_500(serve: Serve, capfd: pytest.CaptureFixture[str]) -> None:
    with serve({"$default": answer(statusCode=200, body=b"bytes")}) as served:
        response = get(served.url)

    assert (response.status_code, response.json()) == (500, {"message": "Internal Server Error"})
    assert "JSON" in capfd.readouterr().err


def test_a_path_that_no_surface_takes_is_a_404_that_says_which_paths_they_take(serve: Serve) -> None:
    with serve({"GET /a": echo}) as served:
        response = get(f"{served.url}/b")

    assert response.status_code == httpx.codes.NOT_FOUND
    assert response.json() == {"message": "No surface has this path: theirs begin with /"}


def test_a_body_above_ten_mebibytes_is_refused_before_any_handler(serve: Serve) -> None:
    called = threading.Event()
    with serve({"$default": lambda _event, _context: called.set()}) as served:
        declared = httpx.post(served.url, content=b"x" * (REQUEST_BODY_LIMIT + 1), trust_env=False)
        chunked = httpx.post(served.url, content=(b"x" * 2**20 for _ in range(11)), trust_env=False)

    for response in (declared, chunked):
        assert (response.status_code, response.json()) == (413, {"message": "Request Entity Too Large"})
    assert not called.is_set()


def test_a_caller_that_asks_first_need_not_send_what_is_too_large(echoing: Served) -> None:
    head = f"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {REQUEST_BODY_LIMIT + 1}\r\nexpect: 100-continue\r\n\r\n"

    assert echoing.send(head.encode()).startswith(b"HTTP/1.1 413 ")


def test_what_does_not_fit_into_one_invocation_is_refused(serve: Serve) -> None:
    fits_as_text, fits_not = b"x" * (FUNCTION_PAYLOAD_LIMIT - 2_000), b"x" * FUNCTION_PAYLOAD_LIMIT
    with serve({"$default": answer(statusCode=200)}) as served:
        statuses = [
            httpx.post(served.url, content=body, headers={"content-type": content_type}, trust_env=False).status_code
            for body, content_type in [
                (fits_as_text, "text/plain"),
                (fits_as_text, "application/octet-stream"),
                (fits_not, "text/plain"),
            ]
        ]

    assert statuses == [200, 413, 413]


@pytest.mark.parametrize(("spare", "status"), [(0, 200), (-1, 431)])
def test_the_request_line_and_headers_have_a_limit(echoing: Served, spare: int, status: int) -> None:
    head = b"GET /?q=%s HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
    filling = b"x" * (REQUEST_HEAD_LIMIT - len(head) + len(b"%s") - spare)

    assert echoing.send(head % filling + b"\r\n").startswith(b"HTTP/1.1 %d " % status)


def test_headers_far_above_the_limit_are_refused_the_same_way(echoing: Served) -> None:
    response = httpx.get(echoing.url, headers={"x-long": "x" * 200_000}, trust_env=False)

    assert (response.status_code, response.json()) == (431, {"message": "Request Header Fields Too Large"})


def test_a_handler_past_its_time_out_is_answered_for(serve: Serve) -> None:
    release = threading.Event()
    route = route_of("$default", Size(memory=128, timeout=0))
    with bind(0, "PORT") as plain, bind(0, "TLS_PORT") as tls, serve({}) as served:
        gateway = Gateway(everywhere([(route, lambda _event, _context: release.wait(10))]))
        with serving(gateway, plain, tls, served.certificate):
            response = get(f"http://127.0.0.1:{plain.getsockname()[1]}/")
            release.set()

    assert (response.status_code, response.json()) == (503, {"message": "Service Unavailable"})


def test_handlers_run_side_by_side(serve: Serve) -> None:
    meeting = threading.Barrier(THREADS)
    statuses: list[int] = []

    def meet(_event: Mapping[str, Any], _context: object) -> dict[str, int]:
        meeting.wait(20)
        return {"statusCode": 200}

    with serve({"$default": meet}) as served:
        callers = [
            threading.Thread(target=lambda: statuses.append(httpx.get(served.url, timeout=30).status_code))
            for _ in range(THREADS)
        ]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()

    assert statuses == [200] * THREADS


def test_a_handler_sees_its_function_in_the_context(serve: Serve) -> None:
    def describe(_event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 -- Lambda's own shape
        return {
            "name": context.function_name,
            "memory": context.memory_limit_in_mb,
            "in_time": 0 < context.get_remaining_time_in_millis() <= 29_000,
            "arn": context.invoked_function_arn,
            "log_group": context.log_group_name,
        }

    with serve({"$default": describe}) as served:
        described = get(served.url).json()

    assert described == {
        "name": "module",
        "memory": 128,
        "in_time": True,
        "arn": "arn:aws:lambda:us-east-1:000000000000:function:module",
        "log_group": "/aws/lambda/module",
    }
