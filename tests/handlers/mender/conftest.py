"""A workspace with one release, and devices that work for it."""

from __future__ import annotations

import pytest

from tests.handlers.mender.calls import Management
from tests.support.app import App
from tests.support.seeds import Device, Workspace, expect, poll


@pytest.fixture
def management(app: App, workspace: Workspace) -> Management:
    """A user of a workspace that has the artifact `app-2` for `board-a`."""
    management = Management(app, workspace)
    management.upload("app-2")
    return management


@pytest.fixture
def device(management: Management) -> Device:
    """An accepted device whose contact of this hour is on record: its next calls need not note it."""
    (device,) = management.enrol(1)
    expect(204, poll(management.app, device))
    return device
