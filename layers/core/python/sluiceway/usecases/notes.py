"""Writing down what is good to know and what no decision depends on."""

from __future__ import annotations

from contextlib import suppress

from sluiceway.domain.errors import Unavailable
from sluiceway.storage.commit import commit
from sluiceway.storage.table import Update
from sluiceway.usecases.service import Service


def write_note(service: Service, note: Update) -> None:
    """Write a note once: not when its condition fails, and not in a store that is too busy for it."""
    attempts = iter([[note]])
    with suppress(Unavailable):
        commit(service.table, lambda: (None, next(attempts, [])))
