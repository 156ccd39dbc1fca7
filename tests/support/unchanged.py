"""Proof that a refusal left everything that is stored as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sluiceway.storage.attributes import Attributes
from sluiceway.storage.table import Key
from tests.support.app import App


def stored_items(app: App) -> dict[Key, Attributes]:
    """Every item of the table, in its stored form."""
    return app.table.contents()


@contextmanager
def nothing_changes(app: App) -> Iterator[None]:
    """Fail when the block left another item, attribute, object or execution than there was before."""
    items, objects, retries = stored_items(app), app.objects.stored, list(app.retries.started)
    verifications, unfinished = list(app.verifications.started), app.objects.unfinished
    yield
    assert stored_items(app) == items
    assert app.objects.stored == objects
    assert app.retries.started == retries
    assert (app.verifications.started, app.objects.unfinished) == (verifications, unfinished)
