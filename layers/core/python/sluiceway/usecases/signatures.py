"""Proof that a device holds the private half of its key (mender contract 9.1)."""

from __future__ import annotations

import base64
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from sluiceway.domain.errors import Invalid, Unauthenticated

PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
_CURVES = (ec.SECP224R1, ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
LEAST_RSA_BITS = 2048
"""Shorter keys are no longer acceptable (NIST SP 800-131A): who breaks one is the device."""
_TAKEN = f"RSA of {LEAST_RSA_BITS} bits or more, ECDSA on P-224, P-256, P-384 or P-521, or Ed25519"
_CANNOT_DECODE = "invalid auth request: cannot decode public key"


def read_public_key(pem: str) -> PublicKey:
    """Read a PEM key. Raises Invalid for all but RSA, ECDSA on one of the four NIST curves, and Ed25519.

    An RSA key has 2048 bits at least.
    """
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as malformed:
        raise Invalid(_CANNOT_DECODE) from malformed
    match key:
        case rsa.RSAPublicKey() if key.key_size >= LEAST_RSA_BITS:
            return key
        case ed25519.Ed25519PublicKey():
            return key
        case ec.EllipticCurvePublicKey() if isinstance(key.curve, _CURVES):
            return key
        case _:
            raise Invalid(f"{_CANNOT_DECODE}: use {_TAKEN}")


def to_pem(key: PublicKey) -> str:
    """Return a key in PKIX form, in which equal keys are equal text."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def check_signature(key: PublicKey, signature: str, body: bytes) -> None:
    """Check a base64 signature over the bytes of a body, exactly as received. Raises Unauthenticated."""
    try:
        _verify(key, base64.b64decode(signature, validate=True), body)
    except (InvalidSignature, ValueError) as wrong:
        raise Unauthenticated("signature verification failed") from wrong


def _verify(key: PublicKey, signature: bytes, body: bytes) -> None:
    match key:
        case rsa.RSAPublicKey():
            key.verify(signature, body, padding.PKCS1v15(), SHA256())
        case ec.EllipticCurvePublicKey():
            key.verify(signature, body, ec.ECDSA(SHA256()))
        case ed25519.Ed25519PublicKey():
            key.verify(signature, body)
