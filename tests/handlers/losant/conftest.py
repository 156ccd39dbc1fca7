"""An application with one program that has all rights."""

from __future__ import annotations

import pytest

from tests.handlers.losant.calls import Losant
from tests.support.app import App
from tests.support.seeds import Workspace, seed_workspace


@pytest.fixture
def losant(app: App, workspace: Workspace) -> Losant:
    return Losant.of(app, workspace)


@pytest.fixture
def stranger(app: App) -> Losant:
    """A program of another application, with all rights there."""
    return Losant.of(app, seed_workspace(app, "b"))
