"""Makes an application token with any rights: the first one of a workspace, or one for the last that was lost.

No route leads here: only who may invoke the function in IAM can.

In: `{"workspace", "name", "scopes"?}`; without scopes it has all rights. Out: `{"workspace", "id", "application_id",
"token"}`, the only time that the token is shown. A refusal is raised, so that the invocation fails with its text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sluiceway.domain.application_token import EVERYTHING
from sluiceway.domain.object_ids import application_id
from sluiceway.runtime import wiring
from sluiceway.runtime.clock import now
from sluiceway.usecases.application_tokens import NewApplicationToken, issue_application_token
from workflow._members import scopes_member, text_member, workspace_member


def handler(event: Mapping[str, Any], _context: object) -> dict[str, str]:
    """Make the token."""
    workspace = workspace_member(event)
    new = NewApplicationToken(text_member(event, "name"), scopes_member(event, EVERYTHING))
    shown = issue_application_token(wiring.service(), workspace, new, now())
    return {
        "workspace": workspace,
        "id": shown.token.id,
        "application_id": application_id(workspace),
        "token": shown.text,
    }
