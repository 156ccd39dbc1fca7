from __future__ import annotations

import json
import stat
import threading
from pathlib import Path

import pytest

from infra.local.errors import LocalCloudError
from infra.local.files import is_held, read_json, sole_user, write_private_json


def test_only_the_owner_can_read_a_private_file(tmp_path: Path) -> None:
    path = tmp_path / "made" / "credentials.json"
    write_private_json(path, {"token": "x"})

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_json(path) == {"token": "x"}


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path, done = tmp_path / "credentials.json", threading.Event()
    write_private_json(path, ["x"] * 10_000)

    def write_on() -> None:
        while not done.is_set():
            write_private_json(path, ["x"] * 10_000)

    writer = threading.Thread(target=write_on)
    writer.start()
    lengths = {len(json.loads(path.read_text())) for _ in range(200)}
    done.set()
    writer.join()

    assert lengths == {10_000}


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_private_json(tmp_path / "credentials.json", object())

    assert list(tmp_path.iterdir()) == []


def test_no_file_is_no_content(tmp_path: Path) -> None:
    assert read_json(tmp_path / "absent") is None


def test_a_folder_has_one_user_at_a_time(tmp_path: Path) -> None:
    with sole_user(tmp_path, "STATE folder"):
        with pytest.raises(LocalCloudError) as refusal, sole_user(tmp_path, "STATE folder"):
            pass
        assert str(refusal.value) == f"Another service uses {tmp_path}; stop it first, or choose another STATE folder."

    with sole_user(tmp_path, "STATE folder"):
        pass


def test_a_folder_is_held_for_as_long_as_its_user_lives(tmp_path: Path) -> None:
    assert not is_held(tmp_path)
    with sole_user(tmp_path, "STATE folder"):
        assert is_held(tmp_path)

    assert not is_held(tmp_path)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with (
        pytest.raises(LocalCloudError, match=r"cannot be used \(Not a directory\)"),
        sole_user(tmp_path / "file/x", "STATE"),
    ):
        pass
