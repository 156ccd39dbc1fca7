"""The RSA keys of devices that take configuration, and their fingerprints (miru contract 8.2, 8.4)."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from sluiceway.domain.errors import InvalidField
from sluiceway.usecases.signatures import LEAST_RSA_BITS

MOST_RSA_BITS = 8192
"""Twice what the genuine program makes: each step up makes every check of a signature slower."""


def read_rsa_key(pem: str, *, field: str) -> rsa.RSAPublicKey:
    """Read a public key in PEM. Raises InvalidField, naming the field, for all but RSA of 2048 to 8192 bits."""
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as malformed:
        raise InvalidField(field, "must be a public key in PEM") from malformed
    if not isinstance(key, rsa.RSAPublicKey) or not LEAST_RSA_BITS <= key.key_size <= MOST_RSA_BITS:
        raise InvalidField(field, f"must be an RSA key of {LEAST_RSA_BITS} to {MOST_RSA_BITS} bits")
    return key


def key_id_of(key: rsa.RSAPublicKey) -> str:
    """Return what a device calls its key: the hexadecimal SHA-256 of its SubjectPublicKeyInfo in DER."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
