"""Workspaces of the local cloud: made by the deployed function that only IAM may invoke, kept with the state."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from infra.local.clients import EngineClients
from infra.local.errors import LocalCloudError
from infra.local.files import read_json, write_private_json

DEFAULT_WORKSPACE = "default"
_CREATOR = "workflow.create_workspace.handler"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Account:
    """The first user of a workspace."""

    workspace: str
    username: str
    password: str


def create_workspace(clients: EngineClients, name: str) -> Account:
    """Make a workspace and its first user. Raises LocalCloudError when the name is not one or the function fails."""
    if not _NAME.fullmatch(name):
        raise LocalCloudError(f"NAME is {name!r}; a workspace's name has up to 63 of a-z, 0-9 and inner hyphens.")
    username = "admin@example.com" if name == DEFAULT_WORKSPACE else f"admin@{name}.example.com"
    answer = clients.functions.invoke(
        FunctionName=_creator(clients), Payload=json.dumps({"name": name, "username": username})
    )
    result = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise LocalCloudError(f"The workspace {name} was not created: {result.get('errorMessage', result)}.")
    return Account(result["workspace"], result["username"], result["password"])


def _creator(clients: EngineClients) -> str:
    pages = clients.functions.get_paginator("list_functions").paginate()
    names = (
        function["FunctionName"] for page in pages for function in page["Functions"] if function["Handler"] == _CREATOR
    )
    found = next(names, None)
    if found is None:
        raise LocalCloudError(
            f"No deployed function has the handler {_CREATOR}; run `make serve` with the current stacks."
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
