"""A workspace with one program that has all rights, and one with something of everything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.handlers.native.calls import Native
from tests.support.app import App
from tests.support.seeds import SeededApp, Workspace, seed_program, seed_workspace, seeded_app


@pytest.fixture
def seeds() -> Iterator[SeededApp]:
    with seeded_app() as seeds:
        yield seeds


@pytest.fixture
def native(app: App, workspace: Workspace) -> Native:
    return Native(app, seed_program(app, workspace))


@pytest.fixture
def stranger(app: App) -> Native:
    """A program of another workspace, with all rights there."""
    return Native(app, seed_program(app, seed_workspace(app, "b")))
