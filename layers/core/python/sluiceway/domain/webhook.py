"""Webhook endpoints: where events are sent, and how an event is signed (Standard Webhooks; miru contract 7.1).

A secret is `whsec_` and the base 64 of its key. While a secret is being exchanged for another, both are good, and an
event carries one signature of each.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from sluiceway.domain.addresses import url_fault
from sluiceway.domain.errors import Invalid, TooManySecrets

MOST_WEBHOOKS = 20
"""Of one workspace: each event is sent to all of them."""
MOST_SECRETS = 5
"""Of one endpoint, good at the same time."""
SECRET_BYTES = 32
LONGEST_OVERLAP_SECONDS = 7 * 86_400
DEFAULT_OVERLAP_SECONDS = 86_400
_PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class Secret:
    """What an endpoint verifies signatures with; `ends` is None for the newest."""

    text: str = field(repr=False)
    ends: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        """Tell whether events are signed with it."""
        return self.ends is None or now < self.ends


@dataclass(frozen=True, slots=True)
class Webhook:
    """One endpoint; its secrets are newest first."""

    workspace: str
    id: str
    url: str
    secrets: tuple[Secret, ...]
    created: datetime
    rev: int = 0

    def rotated(self, text: str, now: datetime, overlap: timedelta) -> Webhook:
        """Return the endpoint with a new secret, the former ones good until the overlap ends at the latest.

        Raises TooManySecrets. An overlap of nothing ends all former ones at once.
        """
        former = [_ending(secret, now + overlap) for secret in self.secrets if secret.is_good(now)]
        kept = [secret for secret in former if secret.is_good(now)]
        if len(kept) >= MOST_SECRETS:
            raise TooManySecrets(
                f"{MOST_SECRETS} secrets are good at the same time: wait until one ends, or end them all now"
            )
        return replace(self, secrets=(Secret(text), *kept))

    def former_secrets_end(self, now: datetime) -> datetime | None:
        """Return when the newest secret will be the only one, None when it is."""
        return max((secret.ends for secret in self.secrets if secret.ends and secret.is_good(now)), default=None)

    def headers_of(self, event_id: str, body: bytes, now: datetime) -> dict[str, str]:
        """Return the headers that prove an event that is sent now, under both names that verifiers know."""
        proof = {
            "id": event_id,
            "timestamp": f"{int(now.timestamp())}",
            "signature": self.signature_of(event_id, body, now),
        }
        return {f"{scheme}-{name}": value for scheme in ("webhook", "svix") for name, value in proof.items()}

    def signature_of(self, event_id: str, body: bytes, now: datetime) -> str:
        """Return the value of the signature header of an event that is sent now: a signature of each good secret."""
        good = (secret for secret in self.secrets if secret.is_good(now))
        return " ".join(sign(secret.text, event_id, int(now.timestamp()), body) for secret in good)


def _ending(secret: Secret, latest: datetime) -> Secret:
    return replace(secret, ends=min(secret.ends or latest, latest))


def compose_secret(key: bytes) -> str:
    """Write a secret."""
    return f"{_PREFIX}{b64encode(key).decode()}"


def sign(secret: str, event_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of one secret; `timestamp` is in seconds since 1970, as the timestamp header says it."""
    signed = b"%s.%d.%s" % (event_id.encode(), timestamp, body)
    mac = hmac.digest(b64decode(secret.removeprefix(_PREFIX)), signed, sha256)
    return f"v1,{b64encode(mac).decode()}"


def check_url(url: str, *, plain: bool = False) -> None:
    """Raise Invalid for what is not the address of an endpoint: HTTPS, or with `plain` HTTP too."""
    fault = url_fault(url, plain=plain)
    if fault:
        raise Invalid(f"url: {fault}")
