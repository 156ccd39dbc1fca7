"""The scripts of contract 8, as their users would write them."""

from __future__ import annotations

import pytest

from tests.contract.losant.clients import Client, Runtime, run_script
from tests.contract.losant.fleet import new_device, new_flow, record, release
from tests.support.service import RunningService

pytestmark = pytest.mark.genuine


def test_9_1_the_script_of_8_runs_to_its_end(runtime: Runtime, service: RunningService, python_client: Client) -> None:
    flow, device = new_flow(python_client, "v2", "v3"), new_device(python_client)
    release(python_client, flow, "v3", device)
    before = record(python_client, device, flow)
    application = python_client.application
    printed = run_script("script", runtime, service, application, flow, device, before["id"])
    assert printed["count"] >= 1
    assert printed["released"] == {"success": True}
    assert printed["refused"] == [404, "NotFound", "Application was not found"]
    after = record(python_client, device, flow)
    assert after["desiredVersion"] is None
    assert [entry["newValue"] for entry in after["logs"]] == ["v3", "v2", None]
