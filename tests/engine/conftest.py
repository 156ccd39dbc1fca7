from __future__ import annotations

import pytest

from sluiceway.domain import planning
from sluiceway.storage import deployment_items
from sluiceway.usecases import (
    abort_deployment,
    create_deployment,
    create_pushed_deployment,
    deployment_devices,
    push_rollout,
)
from tests.storage.conftest import engine_client, engine_table

__all__ = ["engine_client", "engine_table", "small_sizes"]


@pytest.fixture
def small_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three devices are many: they take several shards, chunks and index pages, and a worker seeds their rows."""
    for module in (create_deployment, create_pushed_deployment):
        monkeypatch.setattr(module, "shards_for", lambda size: min(size, 2))
    monkeypatch.setattr(create_deployment, "SHARDS_OF_OPEN_TARGET", 2)
    for bound in ("_LET_IN_PER_SHARD", "_AT_WORK_PER_SHARD"):
        monkeypatch.setattr(planning, bound, 1)
    monkeypatch.setattr(create_deployment, "SEEDED_BEFORE_COMMIT", 2)
    monkeypatch.setattr(create_pushed_deployment, "SEEDED_AT_ONCE", 2)
    monkeypatch.setattr(push_rollout, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(push_rollout, "MOST_TOGETHER", 2)
    monkeypatch.setattr(abort_deployment, "FENCED_AT_ONCE", 1)
    for module in (deployment_items, create_deployment, create_pushed_deployment, deployment_devices):
        monkeypatch.setattr(module, "INLINE_TARGETS", 2)
    monkeypatch.setattr(deployment_items, "_TARGETS_PER_CHUNK", 2)
