"""Workspaces of the local cloud: made by deployed functions that only IAM may invoke, kept with the state."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from infra.local.clients import EngineClients
from infra.local.errors import LocalCloudError
from infra.local.files import read_json, write_private_json
from sluiceway.domain.errors import NotFound

DEFAULT_WORKSPACE = "default"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_KEY_NAME = "local cloud"


@dataclass(frozen=True, slots=True)
class Account:
    """The first user of a workspace, and an API key and an application token of it with all rights."""

    workspace: str
    username: str
    password: str
    api_key: str = ""
    """Empty where a version kept the account that knew no keys."""
    application_token: str = ""
    """Likewise, where it knew no tokens."""


class _Refused(Exception):
    """A deployed function failed: the name of its error, and the text."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


def create_workspace(clients: EngineClients, name: str) -> Account:
    """Make a workspace, its first user, a key and a token, with functions that only IAM lets invoke.

    Raises LocalCloudError when the name is not one or a function fails.
    """
    if not _NAME.fullmatch(name):
        raise LocalCloudError(f"NAME is {name!r}; a workspace's name has up to 63 of a-z, 0-9 and inner hyphens.")
    username = "admin@example.com" if name == DEFAULT_WORKSPACE else f"admin@{name}.example.com"
    try:
        made = _invoke(clients, "create_workspace", {"name": name, "username": username})
        named = {"workspace": made["workspace"], "name": _KEY_NAME}
        key = _invoke(clients, "create_api_key", named)
        token = _invoke(clients, "create_application_token", named)
    except _Refused as refusal:
        raise LocalCloudError(f"The workspace {name} was not created: {refusal}.") from refusal
    return Account(made["workspace"], made["username"], made["password"], key["api_key"], token["token"])


def with_new_api_key(clients: EngineClients, account: Account) -> Account | None:
    """The account with another key, None when its workspace is gone. Raises LocalCloudError when the function fails."""
    made = _replacement(clients, account, "create_api_key")
    return replace(account, api_key=made["api_key"]) if made else None


def with_new_application_token(clients: EngineClients, account: Account) -> Account | None:
    """The account with another application token, None when its workspace is gone. Raises LocalCloudError likewise."""
    made = _replacement(clients, account, "create_application_token")
    return replace(account, application_token=made["token"]) if made else None


def _replacement(clients: EngineClients, account: Account, task: str) -> dict[str, str] | None:
    try:
        return _invoke(clients, task, {"workspace": account.workspace, "name": _KEY_NAME})
    except _Refused as refusal:
        if refusal.kind == NotFound.__name__:
            return None
        raise LocalCloudError(f"The workspace {account.workspace}: {task} failed: {refusal}.") from refusal


def _invoke(clients: EngineClients, task: str, event: Mapping[str, str]) -> dict[str, str]:
    """What a task of the workflows answers. Raises _Refused when it fails."""
    answer = clients.functions.invoke(FunctionName=_function_of(clients, task), Payload=json.dumps(event))
    result: dict[str, str] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise _Refused(result.get("errorType", ""), result.get("errorMessage", str(result)))
    return result


def _function_of(clients: EngineClients, task: str) -> str:
    handler = f"workflow.{task}.handler"
    pages = clients.functions.get_paginator("list_functions").paginate()
    names = (
        function["FunctionName"] for page in pages for function in page["Functions"] if function["Handler"] == handler
    )
    found = next(names, None)
    if found is None:
        raise LocalCloudError(
            f"No deployed function has the handler {handler}; run `make serve` with the current stacks."
        )
    return found


def kept_account(path: Path) -> Account | None:
    """The account that an earlier run left in a state folder. Raises LocalCloudError when its file is damaged."""
    try:
        kept = read_json(path)
        return None if kept is None else Account(**kept)
    except (OSError, ValueError, TypeError) as error:
        raise LocalCloudError(
            f"{path}, with the first user's password, cannot be read ({error}); put a copy of it back, "
            "or use another STATE folder."
        ) from error


def keep_account(path: Path, account: Account) -> None:
    """Leave the account for the next run on the same state; only its owner can read the file."""
    write_private_json(path, asdict(account))
