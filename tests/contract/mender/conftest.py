from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from infra.local.management_client import ManagementClient
from tests.contract.mender.genuine_device import GenuineDevice, can_make_namespaces, genuine_device
from tests.support.device_keys import Identified, new_key
from tests.support.genuine import require_program
from tests.support.seeds import AUTH_REQUESTS
from tests.support.service import RunningService, service

__all__ = ["service"]

StartDevice = Callable[..., AbstractContextManager[GenuineDevice]]


def user_of(service: RunningService) -> httpx.Client:
    """A client that carries the user's token."""
    headers = {"Authorization": f"Bearer {service.mender['token']}"}
    return httpx.Client(base_url=service.mender["url"], headers=headers, timeout=30, trust_env=False)


def introduce(service: RunningService, identity: str) -> httpx.Response:
    """Ask to be let in, as a device that nobody knows, with a key of its own."""
    request = Identified(identity, new_key()).request(service.mender["workspace"])
    headers = {"Content-Type": "application/json", "X-MEN-Signature": request.signature or ""}
    with httpx.Client(base_url=service.mender["url"], timeout=30, trust_env=False) as device:
        return device.post(AUTH_REQUESTS, content=request.body, headers=headers)


@pytest.fixture
def api(service: RunningService) -> Iterator[httpx.Client]:
    with user_of(service) as client:
        yield client


@pytest.fixture
def user(api: httpx.Client) -> ManagementClient:
    return ManagementClient(api)


@pytest.fixture
def unique() -> str:
    """The service is shared: names of one test must not be those of another."""
    return uuid.uuid4().hex[:8]


@pytest.fixture
def mender_client() -> str:
    program = require_program("mender")
    if not can_make_namespaces():
        pytest.skip("unshare cannot make mount namespaces here; mender-client needs two fixed paths of its own")
    return program


@pytest.fixture
def start_device(mender_client: str, service: RunningService, tmp_path: Path, unique: str) -> StartDevice:
    def start(name: str = "device", **settings: object) -> AbstractContextManager[GenuineDevice]:
        return genuine_device(mender_client, service, tmp_path / name, f"{unique}-{name}", **settings)

    return start
