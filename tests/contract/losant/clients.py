"""The genuine clients, unmodified, each in a process of its own.

uv fetches that of Python from PyPI and npm that of JavaScript, by a lock file, when a test first needs them. The
newest of npm is the one that is locked. What they send passes a crossing, which notes it.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import httpx
from pydantic.alias_generators import to_camel, to_snake

from tests.contract.crossing import Passing, crossing
from tests.contract.driver import Driver, Json, driver
from tests.support.genuine import node, npm_packages, python_with, require_package
from tests.support.service import RunningService

DRIVERS = Path(__file__).parent / "drivers"
OF_PYTHON = "losant-rest==2.3.0"
QUERY = "_actions=false&_links=true&_embedded=true"
"""What both clients send with every call (contract 1.2)."""
LOCK_FILE = DRIVERS / "npm" / "package-lock.json"
_ENDS_WITHIN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Runtime:
    """What runs a client: the command, the environment, and the suffix of its scripts."""

    language: str
    command: tuple[str, ...]
    suffix: str
    require: Callable[[], None]
    """Skips the test if the client cannot be fetched."""
    variables: Mapping[str, str] = field(default_factory=dict)
    spell: Callable[[str], str] = str
    """Turns the name of a call, as Python's client has it, into this one's."""

    def script(self, name: str, *arguments: str) -> list[str]:
        """The command of a script in `drivers`."""
        return [*self.command, str(DRIVERS / f"{name}{self.suffix}"), *arguments]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.variables}


def python_runtime() -> Runtime:
    require = partial(require_package, OF_PYTHON, "losant_rest")
    return Runtime("python", tuple(python_with(OF_PYTHON)), ".py", require)


def javascript_runtime(folder: Path) -> Runtime:
    """Node.js with the packages of the lock file, which are kept in the folder."""
    packages = npm_packages(LOCK_FILE, folder)
    variables = {"NODE_PATH": str(packages)}
    return Runtime("javascript", (node(),), ".cjs", _nothing, variables, _spelled_in_javascript)


def _nothing() -> None:
    """Its packages are there, or it would not be."""


def _spelled_in_javascript(name: str) -> str:
    resource, _, action = name.partition(".")
    return f"{to_camel(resource)}.{to_camel(action)}"


@dataclass(frozen=True, slots=True)
class Client:
    """A genuine client. To call it is to make a call of its, named as Python's names it, about its application."""

    language: str
    url: str
    """Where it finds the service: the crossing."""
    token: str | None
    application: str
    calls: frozenset[str]
    """All that it has."""
    driver: Driver
    spell: Callable[[str], str]
    passed: list[Passing]
    instead: deque[httpx.Response]
    """Answers that the next requests get instead of the service's."""

    def with_token(self, token: str | None) -> Client:
        """The same client with another token."""
        return replace(self, token=token)

    def of(self, service: RunningService) -> Client:
        """The same client of another workspace's application."""
        return replace(self, token=service.losant["token"], application=service.losant["application_id"])

    def __call__(self, name: str, /, **arguments: object) -> Json:
        """Return what the client made of the answer. What is `...` is left out. Raises Refused and Failed."""
        shown = {"url": self.url, **({"token": self.token} if self.token else {})}
        given = {"applicationId": self.application, **arguments}
        options = {name: value for name, value in given.items() if value is not ...}
        return self.driver.make({"name": self.spell(name), "arguments": options, "client": shown})

    @contextmanager
    def sending(self) -> Iterator[list[Passing]]:
        """Collect the requests that pass during the block."""
        before, sent = len(self.passed), list[Passing]()
        yield sent
        sent.extend(self.passed[before:])


@contextmanager
def started(runtime: Runtime, service: RunningService) -> Iterator[Client]:
    """Yield a client with a token that has all rights; without its package the test is skipped."""
    passed: list[Passing] = []
    instead: deque[httpx.Response] = deque()

    def watch(passing: Passing) -> httpx.Response | None:
        passed.append(passing)
        return instead.popleft() if instead else None

    api = service.losant
    with (
        crossing(api["url"], watch) as url,
        driver(runtime.script("caller"), runtime.require, runtime.environment) as caller,
    ):
        calls = frozenset(map(to_snake, caller.hear()["calls"]))
        token, application = api["token"], api["application_id"]
        yield Client(runtime.language, url, token, application, calls, caller, runtime.spell, passed, instead)


def run_script(name: str, runtime: Runtime, service: RunningService, *arguments: str) -> Json:
    """What a script in `drivers` prints that uses a client as its users do. It has to end well."""
    api = service.losant
    ended = subprocess.run(
        runtime.script(name, *arguments),
        env={**runtime.environment, "LOSANT_URL": api["url"], "LOSANT_TOKEN": api["token"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=_ENDS_WITHIN_SECONDS,
    )
    if ended.returncode:
        runtime.require()
    assert ended.returncode == 0, ended.stderr
    printed: Json = json.loads(ended.stdout)
    return printed
