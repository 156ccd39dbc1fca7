"""A genuine client sees what a plan of the native API gives to its devices (design section 7)."""

from __future__ import annotations

import httpx
import pytest

from sluiceway.domain.object_ids import is_object_id
from tests.contract.losant.clients import Client
from tests.contract.losant.fleet import new_device, new_flow, record, records, release
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


def test_what_a_genuine_client_releases_meanwhile_stays_when_the_phase_opens(
    service: RunningService, python_client: Client
) -> None:
    flow = new_flow(python_client, "2026.1", "2026.2")
    devices = [new_device(python_client) for _ in range(2)]
    phases = [{"devices": 1, "gate": {"needs_approval": True}}, {}]
    content = {"slot": "workflow", "flow_id": flow, "version": "2026.2"}
    body = {"name": "pumps", **content, "target": {"devices": devices}, "plan": {"phases": phases}}
    headers = {"Authorization": f"Bearer {service.native['api_key']}"}
    address = f"{service.native['url']}/api/v1/"
    with httpx.Client(base_url=address, headers=headers, timeout=30, trust_env=False) as native:
        planned = f"deployments/{native.post('deployments', json=body).raise_for_status().json()['id']}"
        wait_for("the first phase", lambda: any(records(python_client, deviceId=each) for each in devices))
        late = next(each for each in devices if not records(python_client, deviceId=each))
        release(python_client, flow, "2026.1", late)
        native.post(f"{planned}/next-phase").raise_for_status()

        def blocked_by() -> str:
            return str(native.get(f"{planned}/devices/{late}/explain").raise_for_status().json()["blocked_by"])

        wait_for("the end of its part", lambda: blocked_by() == "superseded")
    assert record(python_client, late, flow)["desiredVersion"] == "2026.1"
