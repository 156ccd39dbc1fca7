"""Password hashes that take no time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from sluiceway.usecases.passwords import hash_password

_MODULE = "sluiceway.usecases.passwords"


@contextmanager
def cheap_hashes() -> Iterator[None]:
    """Real hashes, made with less work for the length of a block; also what is compared where there is no user."""
    with (
        patch(f"{_MODULE}._COST", 2**4),
        patch(f"{_MODULE}._PARALLEL", 1),
        patch("sluiceway.usecases.log_in.NOBODYS_HASH", hash_password("")),
    ):
        yield
