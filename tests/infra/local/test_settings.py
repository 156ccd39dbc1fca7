from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.errors import LocalCloudError
from infra.local.settings import is_set, read_settings


def test_defaults_hold_where_make_passes_empty_variables(tmp_path: Path) -> None:
    settings = read_settings({"PORT": "", "TLS_PORT": "", "STATE": ""}, tmp_path)

    assert (settings.port, settings.tls_port, settings.state, settings.kept) == (8080, 8443, None, tmp_path)


def test_what_is_set_is_taken(tmp_path: Path) -> None:
    settings = read_settings({"PORT": "1", "TLS_PORT": "65535", "STATE": str(tmp_path / "s")}, tmp_path)

    assert (settings.port, settings.tls_port, settings.kept) == (1, 65_535, tmp_path / "s")


@pytest.mark.parametrize("text", ["http", "-1", "65536", "1.5", "٣"])
def test_a_port_that_is_none_is_one_line(text: str, tmp_path: Path) -> None:
    with pytest.raises(LocalCloudError, match=r"^TLS_PORT is .*, not a port number; give one between 1 and 65535\.$"):
        read_settings({"TLS_PORT": text}, tmp_path)


def test_a_switch_is_off_when_absent_empty_or_zero() -> None:
    assert [is_set({"ONCE": text}, "ONCE") for text in ("1", "yes", "", "0")] == [True, True, False, False]
    assert not is_set({}, "ONCE")
