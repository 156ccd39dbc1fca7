"""The task that makes an API key for whom IAM lets invoke it."""

from __future__ import annotations

from typing import Any

import pytest

from sluiceway.domain.errors import Invalid, NotFound
from tests.support.app import App
from tests.support.seeds import Workspace
from workflow.create_api_key import handler


def shown(app: App, key: str) -> list[dict[str, Any]]:
    """The keys that a key sees."""
    keys: list[dict[str, Any]] = app.call("GET", "/api/v1/api-keys", token=key).json()
    return keys


def test_a_key_has_all_rights_in_its_workspace(app: App, workspace: Workspace) -> None:
    made = handler({"workspace": workspace.id, "name": "first"}, None)
    (api_key,) = shown(app, made["api_key"])
    assert (api_key["id"], api_key["name"], api_key["scopes"]) == (made["id"], "first", ["*:manage"])
    assert made["workspace"] == workspace.id


def test_a_key_has_the_scopes_that_were_named(app: App, workspace: Workspace) -> None:
    made = handler({"workspace": workspace.id, "name": "first", "scopes": ["api_keys:read", "devices:read"]}, None)
    (api_key,) = shown(app, made["api_key"])
    assert api_key["scopes"] == ["api_keys:read", "devices:read"]


def test_who_lost_every_key_gets_another(app: App, workspace: Workspace) -> None:
    first = handler({"workspace": workspace.id, "name": "first"}, None)
    assert app.call("DELETE", f"/api/v1/api-keys/{first['id']}", token=first["api_key"]).status == 204
    second = handler({"workspace": workspace.id, "name": "second"}, None)
    assert [api_key["name"] for api_key in shown(app, second["api_key"])] == ["second"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"workspace": None}, "workspace: must be text"),
        ({"workspace": ""}, "workspace: must be the id of a workspace"),
        ({"workspace": "x" * 300}, "workspace: must be the id of a workspace"),
        ({"name": None}, "name: must be text"),
        ({"name": ""}, "name: a key has a name"),
        ({"scopes": "devices:read"}, "scopes: must be a list of texts"),
        ({"scopes": [1]}, "scopes: must be a list of texts"),
        ({"scopes": []}, "scopes: name one at least"),
        ({"scopes": ["devices:fly"]}, "scopes: there is no devices:fly"),
    ],
)
def test_what_makes_no_key_fails_with_the_reason(workspace: Workspace, change: dict[str, Any], fault: str) -> None:
    with pytest.raises(Invalid, match=fault):
        handler({"workspace": workspace.id, "name": "first", **change}, None)


@pytest.mark.usefixtures("app")
def test_there_is_no_key_for_a_workspace_that_is_not_there() -> None:
    with pytest.raises(NotFound):
        handler({"workspace": "6e5dfb9e-2f3e-4b8e-9d5a-9f3c0f0c8a01", "name": "first"}, None)
