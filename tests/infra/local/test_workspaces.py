from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from infra.local.errors import LocalCloudError
from infra.local.workspaces import Account, keep_account, kept_account

ACCOUNT = Account("w", "admin@example.com", "secret", "slw_key")


def test_an_account_is_found_again(tmp_path: Path) -> None:
    keep_account(tmp_path / "account.json", ACCOUNT)

    assert kept_account(tmp_path / "account.json") == ACCOUNT


def test_an_account_of_a_version_without_api_keys_has_none(tmp_path: Path) -> None:
    kept = {name: value for name, value in asdict(ACCOUNT).items() if name != "api_key"}
    (tmp_path / "account.json").write_text(json.dumps(kept))

    assert kept_account(tmp_path / "account.json") == replace(ACCOUNT, api_key="")


def test_no_file_is_no_account(tmp_path: Path) -> None:
    assert kept_account(tmp_path / "account.json") is None


@pytest.mark.parametrize("content", [b"", b'{"workspace": "w"', b"[]", b'{"workspace": "w"}', b"\xff", b"1"])
def test_a_damaged_account_is_one_line_that_names_the_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "account.json"
    path.write_bytes(content)
    says = rf"^{re.escape(str(path))}, .+, cannot be read \(.+\); put a copy of it back, or use another STATE folder\.$"

    with pytest.raises(LocalCloudError, match=says):
        kept_account(path)
    assert path.read_bytes() == content
