from __future__ import annotations

import pytest

from sluiceway.storage.table import Table
from tests.storage.conftest import engine_client, engine_table, faithful_table, memory_table
from tests.support.fleet import Fleet

__all__ = ["engine_client", "engine_table", "faithful_table", "fleet", "memory_table"]


@pytest.fixture
def fleet(faithful_table: Table) -> Fleet:
    return Fleet(faithful_table)
