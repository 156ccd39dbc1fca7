"""What it costs to prove a program by its API key, and to make a key."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sluiceway.domain.user import Workspace
from sluiceway.storage import keys
from sluiceway.storage.table import Put
from sluiceway.storage.user_items import workspace_item
from sluiceway.usecases.api_keys import NewApiKey, create_api_key, issue_api_key
from sluiceway.usecases.key_sessions import open_key_session, record_key_use
from sluiceway.usecases.workspace_settings import load_workspace_settings
from tests.budgets.expected import NO_WRITES, cost
from tests.support.app import NOW
from tests.support.fleet import WORKSPACE, Fleet


@pytest.fixture(name="key")
def _key(fleet: Fleet) -> str:
    item = workspace_item(Workspace(WORKSPACE, "a", NOW))
    fleet.table.write(Put(keys.workspace(WORKSPACE), item))
    return issue_api_key(fleet.service, WORKSPACE, NewApiKey("first"), NOW).text


def test_proving_a_program_is_one_read(fleet: Fleet, key: str) -> None:
    with cost(fleet, calls=1, read=1, write=NO_WRITES):
        open_key_session(fleet.service, key, NOW)


@pytest.mark.parametrize(("hours", "writes"), [(23, 0), (24, 1)])
def test_noting_its_use_is_one_write_a_day(fleet: Fleet, key: str, hours: int, writes: int) -> None:
    record_key_use(fleet.service, open_key_session(fleet.service, key, NOW), NOW)
    later = NOW + timedelta(hours=hours)
    session = open_key_session(fleet.service, key, later)
    with cost(fleet, calls=writes, read=0, write=writes):
        record_key_use(fleet.service, session, later)


def test_making_a_key_looks_at_its_maker_the_workspace_and_all_keys(fleet: Fleet, key: str) -> None:
    """A transaction of the key, the turn, and the check that the maker still is."""
    session = open_key_session(fleet.service, key, NOW)
    with cost(fleet, calls=4, read=3, write=6):
        create_api_key(fleet.service, session, NewApiKey("second"), NOW)


@pytest.mark.usefixtures("key")
def test_reading_the_settings_of_a_workspace_is_one_read(fleet: Fleet) -> None:
    with cost(fleet, calls=1, read=1, write=NO_WRITES):
        load_workspace_settings(fleet.service, WORKSPACE)
