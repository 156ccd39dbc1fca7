"""Makes the calls that it reads with the client of an unmodified SDK, and writes what came of each: a JSON line each.

Runs in the SDK's own environment: `caller.py <package> <options of the client, as JSON>`. A call is
`{"name", "arguments", "options", "client"}`: the dotted name of a method, what it is called with, and options of a
client for this call only.
"""

from __future__ import annotations

import inspect
import json
import sys
from importlib import import_module
from operator import attrgetter
from typing import Any

Json = dict[str, Any]

sdk = import_module(sys.argv[1])
client_options = json.loads(sys.argv[2])
client = sdk.Miru(**client_options)
RESOURCES = [
    name for name in dir(client) if type(getattr(client, name)).__module__.startswith(f"{sys.argv[1]}.resources")
]
LOW_LEVEL = {"get", "post", "patch"}
"""Methods for paths that the SDK has no method for, which have to be told what to make of the answer."""


def calls() -> list[str]:
    """List every call that the SDK has."""
    return [
        f"{resource}.{name}"
        for resource in RESOURCES
        for name, member in inspect.getmembers(getattr(client, resource), inspect.ismethod)
        if not name.startswith("_")
    ]


def as_data(answer: Any) -> object:  # noqa: ANN401 - it depends on the method
    """Turn what a method returned into what JSON can say: only what the service sent, and content as text."""
    if hasattr(answer, "to_dict"):
        return answer.to_dict(mode="json")
    if hasattr(answer, "read"):
        headers = {name: answer.headers[name] for name in ("content-type", "content-disposition")}
        return {"content": answer.read().decode(), **headers}
    return answer


def make(call: Json) -> Json:
    """Make a call."""
    low_level = {"cast_to": object} if call["name"] in LOW_LEVEL else {}
    caller = sdk.Miru(**{**client_options, **call["client"]}) if call["client"] else client
    try:
        method = attrgetter(call["name"])(caller)
        return {"answer": as_data(method(*call["arguments"], **low_level, **call["options"]))}
    except sdk.APIStatusError as refused:
        return {"refused": type(refused).__name__, "status": refused.status_code, "body": refused.body}
    except sdk.APIError as failed:
        return {"failed": f"{type(failed).__name__}: {failed.__cause__ or failed}"}


def say(data: Json) -> None:
    """Write a line."""
    sys.stdout.write(f"{json.dumps(data)}\n")
    sys.stdout.flush()


say({"calls": calls()})
for line in sys.stdin:
    say(make(json.loads(line)))
