"""The settings of a workspace as attributes of its item: absent ones have their default."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from sluiceway.domain.workspace_settings import HeaderlessDialect, WorkspaceSettings
from sluiceway.storage.table import Item, Value

_DIALECT, _TIMEOUT = "headerless_dialect", "validation_timeout"
_SECOND = timedelta(seconds=1)


def settings_attributes(settings: WorkspaceSettings) -> dict[str, Value]:
    """Return the stored form of settings."""
    timeout = settings.validation_timeout
    return {_DIALECT: str(settings.headerless_dialect), _TIMEOUT: None if timeout is None else timeout // _SECOND}


def read_settings(stored: Item) -> WorkspaceSettings:
    """Return the settings of a workspace item."""
    timeout = cast("int | None", stored.get(_TIMEOUT))
    dialect = cast("str", stored.get(_DIALECT, HeaderlessDialect.APPROVALS))
    return WorkspaceSettings(HeaderlessDialect(dialect), None if timeout is None else timeout * _SECOND)
