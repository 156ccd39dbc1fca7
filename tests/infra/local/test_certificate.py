from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509

import infra.local.certificate as module
from infra.local.certificate import certificate_for_loopback

if TYPE_CHECKING:
    import pytest


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
