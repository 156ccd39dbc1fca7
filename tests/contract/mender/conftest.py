from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from infra.local.management_client import ManagementClient
from tests.contract.mender.genuine_device import GenuineDevice, can_make_namespaces, genuine_device
from tests.support.genuine import require_program
from tests.support.service import RunningService, service

__all__ = ["service"]

StartDevice = Callable[..., AbstractContextManager[GenuineDevice]]


@pytest.fixture
def api(service: RunningService) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {service.mender['token']}"}
    with httpx.Client(base_url=service.mender["url"], headers=headers, timeout=30) as client:
        yield client


@pytest.fixture
def user(api: httpx.Client) -> ManagementClient:
    return ManagementClient(api)


@pytest.fixture
def unique() -> str:
    """The service is shared: names of one test must not be those of another."""
    return uuid.uuid4().hex[:8]


@pytest.fixture
def start_device(service: RunningService, tmp_path: Path, unique: str) -> StartDevice:
    program = require_program("mender")
    if not can_make_namespaces():
        pytest.skip("unshare cannot make mount namespaces here; mender-client needs two fixed paths of its own")

    def start(name: str = "device", **settings: object) -> AbstractContextManager[GenuineDevice]:
        return genuine_device(program, service, tmp_path / name, f"{unique}-{name}", **settings)

    return start
