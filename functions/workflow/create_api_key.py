"""Makes an API key with any rights: the first one of a workspace, or one that replaces the last that was lost.

No route leads here: only who may invoke the function in IAM can.

In: `{"workspace", "name", "scopes"?}`; without scopes it has all rights. Out: `{"workspace", "id", "api_key"}`, the
only time that the key is shown. A refusal is raised, so that the invocation fails with its text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sluiceway.domain.scopes import EVERYTHING
from sluiceway.runtime import wiring
from sluiceway.runtime.clock import now
from sluiceway.usecases.api_keys import NewApiKey, issue_api_key
from workflow._members import scopes_member, text_member, workspace_member


def handler(event: Mapping[str, Any], _context: object) -> dict[str, str]:
    """Make the key."""
    workspace = workspace_member(event)
    new = NewApiKey(text_member(event, "name"), scopes_member(event, EVERYTHING))
    shown = issue_api_key(wiring.service(), workspace, new, now())
    return {"workspace": workspace, "id": shown.api_key.id, "api_key": shown.text}
