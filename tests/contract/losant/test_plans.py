"""A genuine client sees what a plan of the native API gives to its devices (design section 7)."""

from __future__ import annotations

import httpx
import pytest

from sluiceway.domain.object_ids import is_object_id
from tests.contract.losant.clients import Client
from tests.contract.losant.fleet import new_device, new_flow, record, records
from tests.support.service import RunningService
from tests.support.waiting import wait_for

pytestmark = pytest.mark.engine


def test_as_its_phase_opens_a_device_wants_the_version(service: RunningService, python_client: Client) -> None:
    flow, device = new_flow(python_client, "2026.2"), new_device(python_client)
    native = service.native
    body = {"name": "pumps", "slot": "workflow", "flow_id": flow, "version": "2026.2", "target": {"devices": [device]}}
    headers = {"Authorization": f"Bearer {native['api_key']}"}
    made = httpx.post(f"{native['url']}/api/v1/deployments", json=body, headers=headers, timeout=30, trust_env=False)
    assert made.status_code == 201, made.text
    wait_for("the push", lambda: records(python_client, deviceId=device))
    shown = record(python_client, device, flow)
    assert (shown["desiredVersion"], shown["currentVersion"]) == ("2026.2", None)
    assert is_object_id(shown["logs"][0]["sourceId"])
