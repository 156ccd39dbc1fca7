from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, padding, rsa, x25519
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sluiceway.domain.errors import Invalid, Unauthenticated
from sluiceway.usecases.signatures import check_signature, read_public_key, to_pem
from tests.support.device_keys import KINDS, PrivateKey, new_key, public_pem, shared_key, sign

BODY = b'{"id_data": "{}"}\n'


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_key_of_the_contract_proves_the_exact_bytes(kind: str) -> None:
    key, signature = read_public_key(public_pem(shared_key(kind))), sign(shared_key(kind), BODY)
    check_signature(key, signature, BODY)
    for changed in (BODY[:-1], BODY + b" ", BODY.replace(b": ", b":"), b""):
        with pytest.raises(Unauthenticated, match="signature verification failed"):
            check_signature(key, signature, changed)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", KINDS)
def test_no_key_proves_what_another_one_signed(kind: str, other: str) -> None:
    signature = sign(shared_key(other), BODY)
    if kind != other:
        with pytest.raises(Unauthenticated):
            check_signature(read_public_key(public_pem(shared_key(kind))), signature, BODY)


@pytest.mark.parametrize("signature", ["", "!!!!", "AAAA", "a", "é", base64.b64encode(bytes(256)).decode()])
@pytest.mark.parametrize("kind", ["RSA 2048", "P-256", "Ed25519"])
def test_garbage_proves_nothing(kind: str, signature: str) -> None:
    with pytest.raises(Unauthenticated, match="signature verification failed"):
        check_signature(read_public_key(public_pem(shared_key(kind))), signature, BODY)


def test_only_the_contracts_padding_and_digest_are_taken() -> None:
    rsa_key, ec_key = shared_key("RSA 2048"), shared_key("P-521")
    assert isinstance(rsa_key, rsa.RSAPrivateKey)
    assert isinstance(ec_key, ec.EllipticCurvePrivateKey)
    longest_salt = padding.PSS(padding.MGF1(SHA512()), padding.PSS.MAX_LENGTH)
    refused: dict[bytes, PrivateKey] = {
        rsa_key.sign(BODY, padding.PKCS1v15(), SHA512()): rsa_key,
        rsa_key.sign(BODY, longest_salt, SHA512()): rsa_key,
        ec_key.sign(BODY, ec.ECDSA(SHA512())): ec_key,
    }
    for signature, key in refused.items():
        with pytest.raises(Unauthenticated):
            check_signature(read_public_key(public_pem(key)), base64.b64encode(signature).decode(), BODY)


def test_a_key_is_known_again_however_its_text_was_laid_out() -> None:
    key = shared_key("RSA 2048")
    assert isinstance(key, rsa.RSAPrivateKey)
    pkcs1 = key.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()
    pem = public_pem(key)
    assert {to_pem(read_public_key(text)) for text in (pem, pem.strip(), pem.replace("\n", "\r\n"), pkcs1)} == {pem}


def _other_kinds() -> list[str]:
    keys = (
        ec.generate_private_key(ec.SECP256K1()),
        ed448.Ed448PrivateKey.generate(),
        x25519.X25519PrivateKey.generate(),
        dsa.generate_private_key(2048),
    )
    return [key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode() for key in keys]


@pytest.mark.parametrize("bits", [1024, 2047])
def test_an_rsa_key_that_can_be_broken_is_none(bits: int) -> None:
    with pytest.raises(Invalid, match=r"^invalid auth request: cannot decode public key: .* 2048 bits"):
        read_public_key(public_pem(new_key(f"RSA {bits}")))


@pytest.mark.parametrize(
    "pem",
    [
        *_other_kinds(),
        "",
        "garbage",
        "\ud800",
        "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\n",
    ],
)
def test_any_other_key_cannot_be_decoded(pem: str) -> None:
    with pytest.raises(Invalid, match="invalid auth request: cannot decode public key"):
        read_public_key(pem)
