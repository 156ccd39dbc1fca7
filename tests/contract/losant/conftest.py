from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import TypeAlias

import httpx
import pytest

from infra.local.workflow_device_client import WorkflowDeviceClient
from tests.contract.losant.clients import Client, Runtime, javascript_runtime, python_runtime, started
from tests.contract.losant.fleet import credentials_of
from tests.support.service import RunningService, folder_of_run, service

__all__ = ["service"]

Enrol: TypeAlias = Callable[[Client, str], WorkflowDeviceClient]
"""Gives a device that a client made an access key of its own."""


@pytest.fixture(scope="session")
def python() -> Runtime:
    return python_runtime()


@pytest.fixture(scope="session")
def javascript(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    return javascript_runtime(folder_of_run(tmp_path_factory) / "losant-rest")


@pytest.fixture(scope="session")
def python_client(python: Runtime, service: RunningService) -> Iterator[Client]:
    with started(python, service) as client:
        yield client


@pytest.fixture(scope="session")
def javascript_client(javascript: Runtime, service: RunningService) -> Iterator[Client]:
    with started(javascript, service) as client:
        yield client


@pytest.fixture(params=["python", "javascript"])
def runtime(request: pytest.FixtureRequest) -> Runtime:
    """Each of the languages that there is a client for."""
    found: Runtime = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["python_client", "javascript_client"])
def client(request: pytest.FixtureRequest) -> Client:
    """Each of the genuine clients."""
    found: Client = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def enrol(service: RunningService) -> Iterator[Enrol]:
    with httpx.Client(base_url=service.losant["url"], timeout=30, trust_env=False) as http:

        def enrolled(client: Client, device: str) -> WorkflowDeviceClient:
            shown = credentials_of(client, device)
            return WorkflowDeviceClient(http, device, key=shown["key"], secret=shown["secret"])

        yield enrolled


@pytest.fixture
def unique() -> str:
    """The service is shared: names of one test must not be those of another."""
    return uuid.uuid4().hex[:8]
