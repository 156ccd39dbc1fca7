"""Devices' key pairs of every kind that is taken, and what they sign (mender contract 9.1)."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sluiceway.usecases.request_token import AuthRequest

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

KINDS = ("RSA 2048", "RSA 3072", "P-224", "P-256", "P-384", "P-521", "Ed25519")
_CURVES = {"P-224": ec.SECP224R1(), "P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}


def new_key(kind: str = "Ed25519") -> PrivateKey:
    if kind in _CURVES:
        return ec.generate_private_key(_CURVES[kind])
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=int(kind.removeprefix("RSA ")))


@cache
def shared_key(kind: str) -> PrivateKey:
    """One key of a kind for the whole run: large ones are slow to make."""
    return new_key(kind)


def public_pem(key: PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def sign(key: PrivateKey, body: bytes) -> str:
    match key:
        case rsa.RSAPrivateKey():
            signature = key.sign(body, padding.PKCS1v15(), SHA256())
        case ec.EllipticCurvePrivateKey():
            signature = key.sign(body, ec.ECDSA(SHA256()))
        case ed25519.Ed25519PrivateKey():
            signature = key.sign(body)
    return base64.b64encode(signature).decode()


@dataclass(frozen=True)
class Identified:
    """A device outside: what it says of itself, and its key."""

    identity: str
    key: PrivateKey

    def request(self, tenant_token: str = "") -> AuthRequest:
        members = {"id_data": self.identity, "pubkey": public_pem(self.key), "tenant_token": tenant_token}
        body = json.dumps(members).encode() + b"\n"
        return AuthRequest(self.identity, public_pem(self.key), tenant_token, sign(self.key, body), body)
