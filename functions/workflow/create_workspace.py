"""Makes a workspace and its first user. No route leads here: only who may invoke the function in IAM can.

In: `{"name", "username", "password"?, "max_devices"?}`; without a password one is made up, without a number any number
of devices may be accepted. Out: `{"workspace", "username", "password", "token"}`, the only time that the last two are
shown. A refusal is raised, so that the invocation fails with its text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sluiceway.domain.errors import Invalid
from sluiceway.runtime import wiring
from sluiceway.runtime.clock import now
from sluiceway.usecases.create_workspace import NewWorkspace, create_workspace
from sluiceway.usecases.passwords import new_password
from workflow._members import text_member


def handler(event: Mapping[str, Any], _context: object) -> dict[str, str]:
    """Make the workspace."""
    wanted = NewWorkspace(
        name=text_member(event, "name"),
        mail=text_member(event, "username"),
        password=text_member(event, "password") if "password" in event else new_password(),
        max_devices=_number(event, "max_devices"),
    )
    made = create_workspace(wiring.service(), wanted, now())
    return {
        "workspace": made.workspace.id,
        "username": made.user.mail,
        "password": wanted.password,
        "token": made.token,
    }


def _number(event: Mapping[str, Any], name: str) -> int:
    value = event.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid(f"{name}: must be a whole number")
    return value
