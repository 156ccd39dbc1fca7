"""Makes the calls that it reads with the client of an unmodified `losant-rest`, and writes what came of each.

Each is a JSON line. A call is `{"name", "arguments", "client"}`: the dotted name of an action, what it is called with,
and the `url` and, if there is one, the `token` of its client.
"""

from __future__ import annotations

import inspect
import json
import sys
from operator import attrgetter
from typing import Any

from losant_rest import Client, LosantError  # type: ignore[import-not-found]

Json = dict[str, Any]


def calls() -> list[str]:
    """List every call that the client has."""
    return [
        f"{resource}.{name}"
        for resource, actions in vars(Client()).items()
        for name, _ in inspect.getmembers(actions, inspect.ismethod)
        if not name.startswith("_")
    ]


def make(call: Json) -> Json:
    """Make a call."""
    client = Client(auth_token=call["client"].get("token"), url=call["client"]["url"])
    try:
        return {"answer": attrgetter(call["name"])(client)(**call["arguments"])}
    except LosantError as refused:
        return {"refused": type(refused).__name__, "status": refused.status, "body": refused.data}
    except KeyError as failed:
        return {"failed": repr(failed)}


def say(data: Json) -> None:
    """Write a line."""
    sys.stdout.write(f"{json.dumps(data)}\n")
    sys.stdout.flush()


say({"calls": calls()})
for line in sys.stdin:
    say(make(json.loads(line)))
