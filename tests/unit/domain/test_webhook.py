from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.errors import Invalid, TooManySecrets
from sluiceway.domain.webhook import (
    LONGEST_OVERLAP_SECONDS,
    MOST_SECRETS,
    Secret,
    Webhook,
    check_url,
    compose_secret,
    sign,
)
from tests.support.app import NOW

DAY = timedelta(days=1)
URL = "https://hooks.example.com/sluiceway?team=a"


def endpoint(*secrets: Secret) -> Webhook:
    return Webhook("w", "webhook_1", URL, secrets or (Secret("whsec_b25l"),), NOW)


def good_secrets(webhook: Webhook, after: timedelta) -> list[str]:
    return [secret.text for secret in webhook.secrets if secret.is_good(NOW + after)]


def test_an_event_is_signed_as_the_test_vector_of_the_contract() -> None:
    """Contract 7.1."""
    body = (
        b'{"object":"event","type":"deployment.validate","timestamp":"2026-04-02T09:15:00Z","data":{"deployment":'
        b'{"object":"deployment","id":"dpl_7Qm2","device_id":"dvc_4kT9","release_id":"rls_1Xw8",'
        b'"created_at":"2026-04-02T09:14:58Z"}}}'
    )
    secret = "whsec_ZmxlZXQtaG9vay10ZXN0LXNlY3JldC0wMTIzNDU2Nzg5"
    assert sign(secret, "msg_2b9F", 1775121300, body) == "v1,OA1wJrj8cPu/XOC+XVQ9R0ES0B5AwlCh4WZ6TbkIqj4="


@given(st.binary(min_size=24, max_size=64))
def test_a_secret_is_its_key_in_base_64_behind_a_prefix(key: bytes) -> None:
    prefix, _, encoded = compose_secret(key).partition("_")
    assert (prefix, base64.b64decode(encoded)) == ("whsec", key)


def test_an_event_carries_a_signature_of_every_secret_that_is_good() -> None:
    rotated = endpoint().rotated("whsec_dHdv", NOW, DAY)
    one, two = (sign(secret, "msg", int(NOW.timestamp()), b"{}") for secret in ("whsec_b25l", "whsec_dHdv"))
    assert rotated.signature_of("msg", b"{}", NOW) == f"{two} {one}"
    later = NOW + DAY
    assert rotated.signature_of("msg", b"{}", later) == sign("whsec_dHdv", "msg", int(later.timestamp()), b"{}")


def test_headers_have_both_names_and_the_time_of_the_attempt() -> None:
    webhook = endpoint()
    for moment in (NOW, NOW + DAY):
        headers = webhook.headers_of("msg_1", b"{}", moment)
        for scheme in ("webhook", "svix"):
            assert headers.pop(f"{scheme}-id") == "msg_1"
            assert headers.pop(f"{scheme}-timestamp") == f"{int(moment.timestamp())}"
            assert headers.pop(f"{scheme}-signature") == webhook.signature_of("msg_1", b"{}", moment)
        assert headers == {}


def test_the_former_secret_is_good_for_as_long_as_the_overlap() -> None:
    rotated = endpoint().rotated("new", NOW, DAY)
    assert good_secrets(rotated, DAY - timedelta(milliseconds=1)) == ["new", "whsec_b25l"]
    assert good_secrets(rotated, DAY) == ["new"]
    assert (rotated.former_secrets_end(NOW), rotated.former_secrets_end(NOW + DAY)) == (NOW + DAY, None)


def test_a_rotation_that_is_repeated_takes_no_time_from_the_secret_in_use() -> None:
    """The answer to the first one may have been lost: receivers still verify with the secret from before it."""
    twice = endpoint().rotated("lost", NOW, DAY).rotated("new", NOW + timedelta(hours=1), DAY)
    assert good_secrets(twice, timedelta(hours=23)) == ["new", "lost", "whsec_b25l"]
    assert good_secrets(twice, DAY) == ["new", "lost"]


def test_no_rotation_lengthens_the_life_of_a_secret_that_ends() -> None:
    twice = endpoint().rotated("second", NOW, timedelta(hours=1)).rotated("third", NOW, DAY)
    assert good_secrets(twice, timedelta(hours=1)) == ["third", "second"]


def test_an_overlap_of_nothing_ends_all_former_secrets_at_once() -> None:
    leaked = endpoint().rotated("leaked", NOW, DAY)
    assert leaked.rotated("new", NOW, timedelta(0)).secrets == (Secret("new"),)


def test_so_many_secrets_are_good_at_once_and_those_that_ended_are_forgotten() -> None:
    webhook = endpoint()
    for number in range(1, MOST_SECRETS):
        webhook = webhook.rotated(f"{number}", NOW, DAY)
    with pytest.raises(TooManySecrets, match="wait until one ends"):
        webhook.rotated("one more", NOW, DAY)
    assert len(webhook.rotated("one more", NOW + DAY, DAY).secrets) == 2


def test_the_longest_overlap_is_a_week() -> None:
    assert timedelta(seconds=LONGEST_OVERLAP_SECONDS) == timedelta(days=7)


def test_secrets_are_not_in_what_is_printed() -> None:
    assert "whsec" not in repr(endpoint())


@pytest.mark.parametrize("url", [URL, "https://h", "https://127.0.0.1:8443/x", "https://[::1]/", "HTTPS://H.example/"])
def test_an_endpoint_is_any_https_address(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "https://",
        "https:///path",
        "https://user@hooks.example.com/",
        "https://:secret@hooks.example.com/",
        "https://hooks.example.com/#part",
        "https://hooks.example.com:99999/",
        "https://[::1/",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\n",
        "https://hööks.example.com/",
        f"https://hooks.example.com/{'x' * 2048}",
    ],
)
def test_what_is_no_https_address_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match=r"^url: "):
        check_url(url)


def test_http_is_admitted_where_the_caller_says_so() -> None:
    check_url("http://127.0.0.1:9000/hook", plain=True)
    with pytest.raises(Invalid, match=r"^url: must begin"):
        check_url("ftp://127.0.0.1/", plain=True)
