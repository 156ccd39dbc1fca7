"""The task that makes an application token for whom IAM lets invoke it."""

from __future__ import annotations

from typing import Any

import pytest

from sluiceway.domain.errors import Invalid, NotFound
from tests.support.app import App
from tests.support.seeds import Workspace
from workflow.create_application_token import handler


@pytest.mark.parametrize(
    ("members", "scopes"),
    [
        ({}, ["all.Application"]),
        ({"scopes": ["applicationApiTokens.*", "flows.get"]}, ["applicationApiTokens.*", "flows.get"]),
    ],
)
def test_a_token_has_the_scopes_that_were_named_or_all_rights(
    app: App, workspace: Workspace, members: dict[str, Any], scopes: list[str]
) -> None:
    made = handler({"workspace": workspace.id, "name": "first", **members}, None)
    assert (made["workspace"], set(made)) == (workspace.id, {"workspace", "id", "application_id", "token"})
    listed = app.call("GET", f"/applications/{made['application_id']}/tokens", token=made["token"]).json()
    (token,) = listed["items"]
    assert (token["id"], token["name"], token["scope"]) == (made["id"], "first", scopes)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"workspace": None}, "workspace: must be text"),
        ({"workspace": ""}, "workspace: must be the id of a workspace"),
        ({"name": None}, "name: must be text"),
        ({"name": ""}, "name: must have between 1"),
        ({"scopes": "flows.get"}, "scopes: must be a list of texts"),
        ({"scopes": []}, "scope: must have scopes"),
        ({"scopes": ["a b"]}, "scope: must have scopes"),
    ],
)
def test_what_makes_no_token_fails_with_the_reason(workspace: Workspace, change: dict[str, Any], fault: str) -> None:
    with pytest.raises(Invalid, match=fault):
        handler({"workspace": workspace.id, "name": "first", **change}, None)


@pytest.mark.usefixtures("app")
def test_there_is_no_token_for_a_workspace_that_is_not_there() -> None:
    with pytest.raises(NotFound):
        handler({"workspace": "6e5dfb9e-2f3e-4b8e-9d5a-9f3c0f0c8a01", "name": "first"}, None)
