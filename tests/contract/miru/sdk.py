"""The genuine SDKs, unmodified, each in an environment and a process of its own.

uv fetches them from PyPI when a test first needs them. What they send passes a crossing, which notes it.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import httpx

from tests.contract.crossing import Passing, crossing
from tests.contract.driver import Driver, Json, Refused, driver
from tests.support.genuine import python_with, require_package
from tests.support.service import RunningService

DRIVERS = Path(__file__).parent / "drivers"
_ENDS_WITHIN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Package:
    """A release of an SDK, and where its calls are mounted."""

    name: str
    version: str
    root: str

    @property
    def requirement(self) -> str:
        return f"{self.name}=={self.version}"

    @property
    def module(self) -> str:
        return self.name.replace("-", "_")


TETONS = Package("miru-platform-sdk", "0.9.0", "/beta")
APPROVALS = Package("miru-server-sdk", "0.5.0", "/v1")
ZION = Package("miru-server-sdk", "0.6.1", "/v1")
EVERGLADES = Package("miru-platform-sdk", "0.11.0", "/beta")
"""It has the calls of a newer version, and says that it speaks tetons."""


def code_of(refused: Refused) -> str:
    """What the service calls an error."""
    return str(refused.body["error"]["code"])


@dataclass(frozen=True, slots=True)
class Sdk:
    """The client of an SDK. To call it is to call a method of the genuine one, by its dotted name."""

    package: Package
    url: str
    """Where it finds the service: the crossing."""
    calls: frozenset[str]
    """All that it has."""
    driver: Driver
    passed: list[str]
    """The request lines that have passed, with their bodies."""
    instead: deque[httpx.Response]
    """Answers that the next requests get instead of the service's."""
    client: Json = field(default_factory=dict)
    """Options of its client that differ from those it was started with."""

    @property
    def speaks_tetons(self) -> bool:
        return self.package.root == "/beta"

    def with_client(self, **options: object) -> Sdk:
        """The same SDK with another client."""
        return replace(self, client=options)

    def __call__(self, name: str, /, *arguments: object, **options: object) -> Json:
        """Return what the SDK made of the answer. Raises Refused and Failed."""
        return self.driver.make({"name": name, "arguments": arguments, "options": options, "client": self.client})

    @contextmanager
    def sending(self) -> Iterator[list[str]]:
        """Collect the request lines that pass during the block, with their bodies."""
        before, sent = len(self.passed), list[str]()
        yield sent
        sent.extend(self.passed[before:])


def command(package: Package, *arguments: str) -> list[str]:
    """Python with the SDK."""
    return [*python_with(package.requirement), *arguments]


def run_script(name: str, package: Package, service: RunningService, *arguments: str) -> str:
    """What a script in `drivers` prints that uses the SDK as its users do. It has to end well."""
    api = service.credentials["miru"]
    ended = subprocess.run(
        command(package, str(DRIVERS / name), *arguments),
        env={**os.environ, "MIRU_API_KEY": api["api_key"], "MIRU_BASE_URL": f"{api['url']}{package.root}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=_ENDS_WITHIN_SECONDS,
    )
    if ended.returncode:
        require(package)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@contextmanager
def started(package: Package, service: RunningService) -> Iterator[Sdk]:
    """Yield a client with strict validation of responses; without its package the test is skipped."""
    passed: list[str] = []
    instead: deque[httpx.Response] = deque()

    def watch(passing: Passing) -> httpx.Response | None:
        passed.append(f"{passing.method} {passing.path} {passing.body.decode()}".rstrip())
        return instead.popleft() if instead else None

    api = service.credentials["miru"]
    with crossing(api["url"], watch) as url:
        options = {"base_url": f"{url}{package.root}", "api_key": api["api_key"], "_strict_response_validation": True}
        arguments = command(package, str(DRIVERS / "caller.py"), package.module, json.dumps(options))
        with driver(arguments, partial(require, package)) as started_driver:
            yield Sdk(package, url, frozenset(started_driver.hear()["calls"]), started_driver, passed, instead)


def require(package: Package) -> None:
    """Skip the test if the package cannot be fetched."""
    require_package(package.requirement, package.module)
