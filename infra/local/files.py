"""Files that other programs read while we write them, and folders that one service at a time may use."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.local.errors import LocalCloudError

_LOCK = "lock"


def write_private_json(path: Path, content: object) -> None:
    """Write a JSON file in one step, readable by its owner alone (mode 600)."""
    write_in_one_step(path, f"{json.dumps(content, indent=2)}\n".encode())


def write_in_one_step(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file so that readers, and whoever comes after a crash, find all of it or what was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_json(path: Path) -> Any | None:  # noqa: ANN401 -- any JSON
    """The content of a JSON file, None when there is no file. Raises ValueError when it is no JSON."""
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return None


def is_held(folder: Path) -> bool:
    """Whether a process holds the folder as its `sole_user`; one that was killed does not."""
    try:
        lock = (folder / _LOCK).open()
    except FileNotFoundError:
        return False
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def sole_user(folder: Path, variable: str) -> Iterator[None]:
    """Hold a folder for this process. Raises LocalCloudError when another service holds it.

    The lock is the kernel's: it goes with the process, however that ends.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / _LOCK).open("w")
    except OSError as error:
        raise LocalCloudError(
            f"The folder {folder} cannot be used ({error.strerror}); choose another {variable}."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LocalCloudError(
                f"Another service uses {folder}; stop it first, or choose another {variable}."
            ) from error
        yield
