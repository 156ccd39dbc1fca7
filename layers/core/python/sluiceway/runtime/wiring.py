"""The collaborators of this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sluiceway.usecases.service import Service

_installed: list[Service] = []


def service() -> Service:
    """Return the collaborators that handlers work with."""
    if not _installed:
        raise RuntimeError("no service is installed in this process")
    return _installed[-1]


@contextmanager
def use(replacement: Service) -> Iterator[None]:
    """Let every handler of this process work with these collaborators, for the length of a block."""
    _installed.append(replacement)
    try:
        yield
    finally:
        _installed.remove(replacement)
