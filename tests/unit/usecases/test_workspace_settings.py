from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from sluiceway.domain.errors import Invalid, NotFound
from sluiceway.domain.workspace_settings import HeaderlessDialect, WorkspaceSettings
from sluiceway.storage import keys
from sluiceway.storage.table import Put
from sluiceway.usecases.service import Service
from sluiceway.usecases.workspace_settings import change_workspace_settings, load_workspace_settings
from tests.support.capacity import measured
from tests.unit.usecases.stores import WORKSPACE, before_call, make_service, over

MINUTE = timedelta(minutes=1)


@pytest.fixture(name="service")
def _service() -> Service:
    service = make_service()
    service.table.write(Put(keys.workspace(WORKSPACE), {"ws": WORKSPACE, "name": "a"}))
    return service


def with_timeout(timeout: timedelta | None) -> Callable[[WorkspaceSettings], WorkspaceSettings]:
    return lambda before: replace(before, validation_timeout=timeout)


def speaking_zion(before: WorkspaceSettings) -> WorkspaceSettings:
    return replace(before, headerless_dialect=HeaderlessDialect.ZION)


def test_a_workspace_speaks_approvals_and_waits_for_ever_until_somebody_decides(service: Service) -> None:
    assert load_workspace_settings(service, WORKSPACE) == WorkspaceSettings(HeaderlessDialect.APPROVALS, None)


def test_a_change_is_seen_at_once_and_leaves_the_rest_of_the_workspace(service: Service) -> None:
    changed = change_workspace_settings(service, WORKSPACE, with_timeout(MINUTE))
    assert changed == load_workspace_settings(service, WORKSPACE) == WorkspaceSettings(validation_timeout=MINUTE)
    assert (service.table.get(keys.workspace(WORKSPACE)) or {})["name"] == "a"


def test_a_timeout_can_be_switched_off_again(service: Service) -> None:
    change_workspace_settings(service, WORKSPACE, with_timeout(MINUTE))
    change_workspace_settings(service, WORKSPACE, with_timeout(None))
    assert load_workspace_settings(service, WORKSPACE).validation_timeout is None


def test_two_changes_at_once_do_not_undo_each_other(service: Service) -> None:
    other = before_call(1, lambda: change_workspace_settings(service, WORKSPACE, speaking_zion))
    change_workspace_settings(over(service, other), WORKSPACE, with_timeout(MINUTE))
    assert load_workspace_settings(service, WORKSPACE) == WorkspaceSettings(HeaderlessDialect.ZION, MINUTE)


def test_a_change_of_nothing_writes_nothing(service: Service) -> None:
    with measured(service.table) as meter:
        change_workspace_settings(service, WORKSPACE, with_timeout(None))
    assert meter.usage.write_units == 0


@pytest.mark.parametrize("timeout", [timedelta(0), timedelta(seconds=-1), timedelta(days=30, seconds=1)])
def test_a_timeout_that_is_none_is_refused(service: Service, timeout: timedelta) -> None:
    with pytest.raises(Invalid, match="validation_timeout_seconds"):
        change_workspace_settings(service, WORKSPACE, with_timeout(timeout))


def test_a_workspace_that_is_not_there_has_no_settings(service: Service) -> None:
    with pytest.raises(NotFound):
        load_workspace_settings(service, "w9")
    with pytest.raises(NotFound):
        change_workspace_settings(service, "w9", speaking_zion)
    assert service.table.get(keys.workspace("w9")) is None
