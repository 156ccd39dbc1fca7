"""One piece of due work that fails holds up no other, and is tried again a minute later."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from sluiceway.domain.artifacts import StoredObject
from sluiceway.runtime import wiring
from sluiceway.storage import keys
from sluiceway.usecases.unclaimed_bytes import announce_bytes
from tests.support.app import NOW, App
from tests.support.logs import recorded_logs
from workflow.repair_due import DueWorkFailedError, handler

WORKSPACE = "w1"
LONG_AGO = NOW - timedelta(days=1)
"""What was left behind then is due now."""


class BrokenStoreError(Exception):
    """What no layer of ours expects."""


@pytest.fixture(name="abandoned")
def _abandoned(app: App, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keys of three objects that no artifact claimed; the store breaks at the first that is looked for."""
    find, breaks = app.objects.find, iter([True])

    def broken(key: str) -> StoredObject:
        if next(breaks, False):
            raise BrokenStoreError(key)
        return find(key)

    monkeypatch.setattr(app.objects, "find", broken)
    made = [announce_bytes(wiring.service(), WORKSPACE, "0" * 64, LONG_AGO) for _ in range(3)]
    for key in made:
        app.objects.put(key, io.BytesIO(b"bytes"), content_type="")
    return made


def test_the_others_are_finished_and_the_failure_is_told_with_its_key(app: App, abandoned: list[str]) -> None:
    with recorded_logs() as lines, pytest.raises(DueWorkFailedError, match="1 pieces"):
        handler({}, None)
    (left,) = app.objects.stored
    (told,) = [line for line in lines if "due work failed" in line]
    assert left.key in abandoned
    assert "BrokenStoreError" in told
    assert keys.unclaimed(WORKSPACE, left.key).pk in told


@pytest.mark.usefixtures("abandoned")
def test_what_failed_is_tried_again_a_minute_later(app: App) -> None:
    with pytest.raises(DueWorkFailedError):
        handler({}, None)
    app.pass_time(seconds=59)
    assert handler({}, None) == {"repaired": 0}
    app.pass_time(seconds=2)
    assert handler({}, None) == {"repaired": 1}
    assert app.objects.stored == frozenset()
