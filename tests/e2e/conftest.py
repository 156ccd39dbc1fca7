from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.cloud import Cloud, deployed_cloud
from tests.e2e.operator import Operator, operator
from tests.support.service import RunningService, service

__all__ = ["service"]


@pytest.fixture(name="operator")
def _operator(service: RunningService) -> Iterator[Operator]:
    with operator(service.mender) as at_work:
        yield at_work


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with deployed_cloud(tmp_path_factory.mktemp("state")) as cloud:
        yield cloud
