from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.contract.miru.catalogue import Catalogue, Parts, new_parts, with_device
from tests.contract.miru.sdk import APPROVALS, EVERGLADES, TETONS, ZION, Sdk, started
from tests.support.service import RunningService, service

__all__ = ["service"]


@pytest.fixture(scope="session")
def tetons(service: RunningService) -> Iterator[Sdk]:
    with started(TETONS, service) as sdk:
        yield sdk


@pytest.fixture(scope="session")
def approvals(service: RunningService) -> Iterator[Sdk]:
    with started(APPROVALS, service) as sdk:
        yield sdk


@pytest.fixture(scope="session")
def zion(service: RunningService) -> Iterator[Sdk]:
    with started(ZION, service) as sdk:
        yield sdk


@pytest.fixture(scope="session")
def everglades(service: RunningService) -> Iterator[Sdk]:
    with started(EVERGLADES, service) as sdk:
        yield sdk


@pytest.fixture
def unique() -> str:
    """The service is shared: names of one test must not be those of another."""
    return uuid.uuid4().hex[:8]


@pytest.fixture(params=["tetons", "approvals", "zion"])
def sdk(request: pytest.FixtureRequest) -> Sdk:
    """Each of the versions that are served, spoken by its SDK."""
    found: Sdk = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["approvals", "zion"])
def older_sdk(request: pytest.FixtureRequest) -> Sdk:
    found: Sdk = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def parts(tetons: Sdk) -> Parts:
    return new_parts(tetons, uuid.uuid4().hex[:8])


@pytest.fixture
def catalogue(tetons: Sdk, parts: Parts, unique: str) -> Catalogue:
    return with_device(parts, tetons, f"cart-{unique}")
