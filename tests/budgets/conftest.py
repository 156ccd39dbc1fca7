from __future__ import annotations

import pytest

from sluiceway.domain.device_deployment import Status
from sluiceway.storage.table import Table
from sluiceway.usecases.ports import Claims
from tests.storage.conftest import engine_client, engine_table, faithful_table, memory_table
from tests.support.fleet import Fleet

__all__ = ["engine_client", "engine_table", "faithful_table", "fleet", "memory_table"]


@pytest.fixture
def fleet(faithful_table: Table) -> Fleet:
    return Fleet(faithful_table)


@pytest.fixture
def device(fleet: Fleet) -> Claims:
    """A device of a workspace that has deployed the release before: its artifact is known to be in use."""
    pioneer = fleet.accept()
    done = fleet.deploy(pioneer)
    fleet.poll(pioneer)
    fleet.report(pioneer, done, Status.SUCCESS)
    return fleet.accept()
