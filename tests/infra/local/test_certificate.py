from __future__ import annotations

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

import infra.local.certificate as module
from infra.local.certificate import Certificate, certificate_for_loopback


def test_the_certificate_names_loopback_and_lies_under_its_authority(tmp_path: Path) -> None:
    certificate = certificate_for_loopback(tmp_path / "tls")
    shown = x509.load_pem_x509_certificate(certificate.chain.read_bytes())
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    shown.verify_directly_issued_by(x509.load_pem_x509_certificate(certificate.ca.read_bytes()))


def test_only_the_owner_can_read_the_key(tmp_path: Path) -> None:
    key = certificate_for_loopback(tmp_path).key

    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_devices_can_go_on_trusting_the_same_authority(tmp_path: Path) -> None:
    first = certificate_for_loopback(tmp_path).ca.read_bytes()

    assert certificate_for_loopback(tmp_path).ca.read_bytes() == first


def test_a_certificate_about_to_expire_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module, "_LIFETIME", timedelta(days=29))
        certificate_for_loopback(tmp_path)

    renewed = x509.load_pem_x509_certificate(certificate_for_loopback(tmp_path).chain.read_bytes())
    assert renewed.not_valid_after_utc - datetime.now(UTC) > timedelta(days=300)


@pytest.mark.parametrize("name", ["ca.pem", "server.pem", "server.key"])
@pytest.mark.parametrize("left", [0.0, 0.5, 0.9])
def test_a_damaged_certificate_is_replaced(tmp_path: Path, name: str, left: float) -> None:
    certificate_for_loopback(tmp_path)
    damaged = tmp_path / name
    content = damaged.read_bytes()
    damaged.write_bytes(content[: int(len(content) * left)])

    serves(certificate_for_loopback(tmp_path))


@pytest.mark.parametrize("name", ["ca.pem", "server.pem", "server.key"])
def test_files_that_do_not_belong_together_are_replaced(tmp_path: Path, name: str) -> None:
    certificate_for_loopback(tmp_path / "one")
    certificate_for_loopback(tmp_path / "other")
    (tmp_path / "other" / name).replace(tmp_path / "one" / name)

    serves(certificate_for_loopback(tmp_path / "one"))


def test_whoever_runs_a_device_can_read_the_authority(tmp_path: Path) -> None:
    assert stat.S_IMODE(certificate_for_loopback(tmp_path).ca.stat().st_mode) == 0o644


def serves(certificate: Certificate) -> None:
    """Shake hands over it, as a server and a client that trusts its authority do."""
    server, client = (ssl.SSLContext(purpose) for purpose in (ssl.PROTOCOL_TLS_SERVER, ssl.PROTOCOL_TLS_CLIENT))
    server.load_cert_chain(certificate.chain, certificate.key)
    client.load_verify_locations(certificate.ca)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname="localhost"),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    while ends:
        ends = [end for end in ends if not has_shaken_hands(end)]


def has_shaken_hands(end: ssl.SSLObject) -> bool:
    try:
        end.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True
