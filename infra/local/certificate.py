"""A certificate authority of one's own, and a certificate for loopback under it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from infra.local.files import write_in_one_step

_LIFETIME = timedelta(days=365)
_RENEWED_BEFORE = timedelta(days=30)
_FOR_EVERYBODY = 0o644


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files: what clients trust, and what the server shows and signs with."""

    ca: Path
    chain: Path
    key: Path


def certificate_for_loopback(folder: Path) -> Certificate:
    """The certificate kept in a folder; a new one when there is none, it is damaged or about to expire."""
    certificate = Certificate(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    if not _is_usable(certificate):
        _issue(certificate)
    return certificate


def _is_usable(certificate: Certificate) -> bool:
    """Whether the three files can be read, belong together and will do for a while: a crash may come between two."""
    try:
        ca = x509.load_pem_x509_certificate(certificate.ca.read_bytes())
        shown, *authorities = x509.load_pem_x509_certificates(certificate.chain.read_bytes())
        key = serialization.load_pem_private_key(certificate.key.read_bytes(), password=None)
        shown.verify_directly_issued_by(ca)
    except (OSError, ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    belong_together = authorities == [ca] and shown.public_key() == key.public_key()
    return belong_together and shown.not_valid_after_utc - datetime.now(UTC) > _RENEWED_BEFORE


def _issue(certificate: Certificate) -> None:
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = _ca_certificate(ca_key)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_in_one_step(certificate.key, pem)
    write_in_one_step(certificate.chain, _pem(_server_certificate(key, ca, ca_key)) + _pem(ca), _FOR_EVERYBODY)
    write_in_one_step(certificate.ca, _pem(ca), _FOR_EVERYBODY)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _builder(subject: str, issuer: x509.Name | None, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]), datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer or name)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _ca_certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    return (
        _builder("Sluiceway local CA", None, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )


def _server_certificate(
    key: ec.EllipticCurvePrivateKey, ca: x509.Certificate, ca_key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    return (
        _builder("localhost", ca.subject, key.public_key())
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(authority, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
