"""A workspace with one program that has all rights, and speaks the newest version."""

from __future__ import annotations

import pytest

from tests.handlers.miru.calls import Bench, Miru, make_bench
from tests.support.app import App
from tests.support.seeds import Workspace, seed_program, seed_workspace


@pytest.fixture
def miru(app: App, workspace: Workspace) -> Miru:
    return Miru(app, workspace, seed_program(app, workspace))


@pytest.fixture
def bench(miru: Miru) -> Bench:
    return make_bench(miru)


@pytest.fixture
def stranger(app: App, miru: Miru) -> Miru:  # noqa: ARG001 - the other workspace comes first
    """A program of another workspace, with all rights there."""
    workspace = seed_workspace(app, "b")
    return Miru(app, workspace, seed_program(app, workspace))
