"""The settings of a workspace, which surfaces read when they answer (miru contract 1.2, 7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sluiceway.domain.errors import NotFound
from sluiceway.domain.workspace_settings import WorkspaceSettings
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.table import Present, Update, Write
from sluiceway.storage.workspace_settings_items import read_settings, settings_attributes
from sluiceway.usecases.service import Service

SettingsChange = Callable[[WorkspaceSettings], WorkspaceSettings]


def load_workspace_settings(service: Service, workspace: str) -> WorkspaceSettings:
    """Read the settings of a workspace, in one read. Raises NotFound when there is no such workspace."""
    stored = service.table.get(keys.workspace(workspace))
    if stored is None:
        raise NotFound(f"workspace {workspace}")
    return read_settings(stored)


def change_workspace_settings(service: Service, workspace: str, change: SettingsChange) -> WorkspaceSettings:
    """Change settings and return all of them; two changes at once of different ones do not undo each other.

    Raises NotFound, and what `change` raises.
    """
    return commit(service.table, lambda: _plan(workspace, load_workspace_settings(service, workspace), change))


def _plan(
    workspace: str, before: WorkspaceSettings, change: SettingsChange
) -> tuple[WorkspaceSettings, Sequence[Write]]:
    after = change(before)
    former = settings_attributes(before)
    changed = {name: value for name, value in settings_attributes(after).items() if value != former[name]}
    return after, [Update(keys.workspace(workspace), set=changed, condition=Present())] if changed else []
