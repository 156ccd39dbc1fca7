"""Every surface as one app over stores in memory, with a workspace of one user."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.app import App, running_app
from tests.support.seeds import Workspace, seed_workspace


@pytest.fixture
def app() -> Iterator[App]:
    with running_app() as running:
        yield running


@pytest.fixture
def workspace(app: App) -> Workspace:
    return seed_workspace(app)
