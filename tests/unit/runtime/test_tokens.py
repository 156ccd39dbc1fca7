from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from sluiceway.domain.errors import Unauthenticated
from sluiceway.runtime.tokens import KEY_LIFE, JwtTokens
from sluiceway.usecases.ports import Audience

KEY = "a key of thirty-two bytes for tests"
OTHER_KEY = "another key of thirty-two bytes at least"
NOW = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=7)
DEVICES = Audience("Somewhere", "devices")
GOOD = {"sub": "d", "iss": "Somewhere", "aud": "devices", "iat": NOW, "exp": LATER}


@pytest.fixture(name="tokens")
def _tokens() -> JwtTokens:
    return JwtTokens(lambda: KEY)


def made(key: str | RSAPrivateKey = KEY, algorithm: str = "HS256", **changes: object) -> str:
    claims = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    return jwt.encode(claims, key, algorithm=algorithm)


def test_what_was_signed_is_verified(tokens: JwtTokens) -> None:
    token = tokens.sign({"sub": "d", "ep": 3, "mender.device": True}, audience=DEVICES, issued=NOW, expires=LATER)
    claims = tokens.verify(token, audience=DEVICES, now=NOW)
    assert (claims["sub"], claims["ep"], claims["mender.device"]) == ("d", 3, True)
    assert (claims["iss"], claims["exp"], claims["iat"]) == ("Somewhere", LATER.timestamp(), NOW.timestamp())


def test_a_token_is_good_until_it_expires_by_the_callers_clock(tokens: JwtTokens) -> None:
    assert tokens.verify(made(), audience=DEVICES, now=LATER - timedelta(seconds=1))
    with pytest.raises(Unauthenticated, match=r"^unauthorized$"):
        tokens.verify(made(), audience=DEVICES, now=LATER)


@pytest.mark.parametrize(
    "forge",
    [
        lambda: made(aud="users"),
        lambda: made(aud=None),
        lambda: made(iss="Somebody"),
        lambda: made(iss=None),
        lambda: made(exp=None),
        lambda: made(iat=None),
        lambda: made(key=OTHER_KEY),
        lambda: made(key="", algorithm="none"),
        lambda: made(key=OTHER_KEY * 2, algorithm="HS512"),
        lambda: made(key=KEY * 2, algorithm="HS512"),
        lambda: made(key=generate_private_key(65537, 2048), algorithm="RS256"),
        lambda: made()[:-4],
        lambda: made().rpartition(".")[0] + ".",
        lambda: "a.b.c",
        lambda: "",
        lambda: "\ud800",
        lambda: "é.é.é",
    ],
)
def test_every_other_token_is_refused(tokens: JwtTokens, forge: Callable[[], str]) -> None:
    with pytest.raises(Unauthenticated):
        tokens.verify(forge(), audience=DEVICES, now=NOW)


def test_what_is_no_token_at_all_is_called_so(tokens: JwtTokens) -> None:
    with pytest.raises(Unauthenticated, match="identity: incorrect token format"):
        tokens.verify("nonsense", audience=DEVICES, now=NOW)


def test_the_key_is_fetched_once_and_only_when_it_is_needed() -> None:
    fetched: list[None] = []

    def load_key() -> str:
        fetched.append(None)
        return KEY

    tokens = JwtTokens(load_key)
    assert fetched == []
    with ThreadPoolExecutor(8) as threads:
        claims = threads.map(lambda _: tokens.verify(made(), audience=DEVICES, now=NOW), range(32))
    assert len(list(claims)) == 32
    assert len(fetched) == 1


def test_a_change_of_the_key_ends_every_token_within_five_minutes() -> None:
    keys = [KEY]
    tokens = JwtTokens(lambda: keys[-1])
    old = tokens.sign({}, audience=DEVICES, issued=NOW, expires=LATER)
    keys.append(OTHER_KEY)
    assert tokens.verify(old, audience=DEVICES, now=NOW + KEY_LIFE - timedelta(seconds=1))
    with pytest.raises(Unauthenticated):
        tokens.verify(old, audience=DEVICES, now=NOW + KEY_LIFE)
    new = tokens.sign({}, audience=DEVICES, issued=NOW + KEY_LIFE, expires=LATER)
    assert jwt.decode(new, OTHER_KEY, algorithms=["HS256"], audience="devices", options={"verify_exp": False})


def test_a_new_token_is_signed_with_the_new_key() -> None:
    keys = [KEY]
    tokens = JwtTokens(lambda: keys[-1])
    tokens.verify(made(), audience=DEVICES, now=NOW)
    keys.append(OTHER_KEY)
    new = tokens.sign({}, audience=DEVICES, issued=NOW + KEY_LIFE, expires=LATER)
    assert jwt.decode(new, OTHER_KEY, algorithms=["HS256"], audience="devices", options={"verify_exp": False})
