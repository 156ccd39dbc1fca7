"""The device side of the Miru dialect, version v0.8 (contract 8.2, 8.3, 8.5): real RSA keys and signatures.

What the newer programs call as well (contract 8.4) is here too, so that both ways in can be shown.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sluiceway.usecases.config_keys import key_id_of

ROOT = "/agent/v1"
SYNC_QUERY = "activity_status=queued%7Cdeployed&expand=config_instances&expand=release.git_commit"
AGENT_VERSION = "v0.8.0"
_SIGNED_FOR = timedelta(minutes=2)
_RENEW_BEFORE = timedelta(minutes=15)

Json = dict[str, Any]


def public_pem(key: RSAPrivateKey) -> str:
    """Return the public half of a key as devices send it."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signed_claims(key: RSAPrivateKey, device_id: str, nonce: str, expires: datetime) -> Json:
    """Return the body that asks for a token: the time is text in it, and whole seconds in what is signed."""
    signed = {"device_id": device_id, "nonce": nonce, "expiration": int(expires.timestamp())}
    signature = key.sign(json.dumps(signed, separators=(",", ":")).encode(), PKCS1v15(), SHA256())
    text = expires.astimezone(UTC).isoformat(timespec="microseconds")
    nanoseconds = text.replace("+00:00", "789+00:00")
    claims = {"device_id": device_id, "nonce": nonce, "expiration": nanoseconds}
    return {"claims": claims, "signature": base64.b64encode(signature).decode()}


def self_signed_token(key: RSAPrivateKey, token_id: str, now: datetime) -> str:
    """Return the JWT that newer programs ask for a token with."""
    claims = {"jti": token_id, "iat": int(now.timestamp()), "exp": int((now + _SIGNED_FOR).timestamp())}
    return jwt.encode(claims, key, algorithm="RS512", headers={"kid": key_id_of(key.public_key())})


class ConfigDeviceClient:
    """Talks as one device, whose id it learns from its activation token.

    Raises httpx.HTTPStatusError for every answer that is not 2xx, as the genuine program gives up a sync then.
    """

    def __init__(self, http: httpx.Client, key: RSAPrivateKey) -> None:
        self._http = http
        self.key = key
        self.device_id = ""
        self._token = ""
        self._expires = datetime.min.replace(tzinfo=UTC)

    def activate(self, token: str, **members: str) -> Json:
        """Become the device of an activation token."""
        self.device_id = str(jwt.decode(token, options={"verify_signature": False})["sub"])
        body = {"public_key_pem": public_pem(self.key), "agent_version": AGENT_VERSION, **members}
        self._expires = datetime.min.replace(tzinfo=UTC)
        return _read(self._send("POST", f"/devices/{self.device_id}/activate", body, token))

    def provision(self, token: str, name: str) -> Json:
        """Become the device with a name, as newer programs do."""
        body = {"public_key_pem": public_pem(self.key), "agent_version": "v0.9.0", "name": name}
        device = _read(self._send("POST", "/devices/provision", body, token))
        self.device_id = device["id"]
        return device

    def deployments(self) -> Iterator[Json]:
        """Read everything that is to be on the device or to leave it, page after page."""
        offset, has_more = 0, True
        while has_more:
            page = _read(self.call("GET", f"/deployments?limit=100&offset={offset}&{SYNC_QUERY}"))
            yield from page["data"]
            offset, has_more = offset + page["limit"], page["has_more"]

    def content(self, instance_id: str) -> bytes:
        """Read the bytes of one file."""
        return self.call("GET", f"/config_instances/{instance_id}/content").content

    def report(self, deployment_id: str, activity: str, error: str = "none", **times: str) -> Json:
        """Say where a deployment stands."""
        body = {"activity_status": activity, "error_status": error, **times}
        return _read(self.call("PATCH", f"/deployments/{deployment_id}", body))

    def call(self, method: str, target: str, body: object = None) -> httpx.Response:
        """Send one request with a token that is good for a while yet."""
        if self._expires - datetime.now(UTC) < _RENEW_BEFORE:
            self._renew()
        return self._send(method, target, body, self._token)

    def _renew(self) -> None:
        claims = signed_claims(self.key, self.device_id, str(uuid4()), datetime.now(UTC) + _SIGNED_FOR)
        issued = _read(self._send("POST", f"/devices/{self.device_id}/issue_token", claims, ""))
        self._token, self._expires = issued["token"], datetime.fromisoformat(issued["expires_at"])

    def _send(self, method: str, target: str, body: object, token: str) -> httpx.Response:
        """Send JSON as the genuine program does, without saying that it is JSON."""
        headers: Mapping[str, str] = {"Miru-Version": "v0.3", "Miru-Agent-Version": AGENT_VERSION}
        if token:
            headers = {**headers, "Authorization": f"Bearer {token}"}
        content = None if body is None else json.dumps(body).encode()
        return self._http.request(method, f"{ROOT}{target}", content=content, headers=headers).raise_for_status()


def _read(answer: httpx.Response) -> Json:
    found: Json = answer.json()
    return found
