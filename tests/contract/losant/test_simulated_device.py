"""A device that runs workflows against the running service, over TLS and with real downloads (losant contract 6, 9.10).

The vendor's own agent is closed, and its messages are not public: this is the device side that we define ourselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from infra.local.simulated_workflow_device import SimulatedWorkflowDevice
from infra.local.site import Site
from infra.local.workflow_device_client import WorkflowDeviceClient
from tests.support.service import RunningService

pytestmark = pytest.mark.engine

Json = dict[str, Any]


@dataclass
class Owner:
    """Who releases to one device of their own, as the service is shared."""

    api: httpx.Client

    def __post_init__(self) -> None:
        self.flow = self.post("/flows", {"name": "Press monitor", "flowClass": "edge"})["id"]
        self.device = self.post("/devices", {"name": "press-line-gw-1", "deviceClass": "edgeCompute"})["id"]

    def post(self, target: str, body: Json) -> Json:
        made: Json = self.api.post(target, json=body).raise_for_status().json()
        return made

    def publish(self, version: str, agent: str) -> None:
        content = {"nodes": [{"type": "DebugNode", "config": {"message": version}}], "minimumAgentVersion": agent}
        self.post(f"/flows/{self.flow}/versions", {"version": version, **content})

    def release(self, version: str | None) -> None:
        self.post("/edge/deployments/release", {"flowId": self.flow, "version": version, "deviceIds": [self.device]})

    def record(self) -> Json:
        answer = self.api.get("/edge/deployments", params={"deviceId": self.device}).raise_for_status()
        (found,) = answer.json()["items"]
        return dict(found)

    def standing(self) -> tuple[str | None, str | None]:
        """Desired and current version."""
        record = self.record()
        return record["desiredVersion"], record["currentVersion"]


@pytest.fixture(name="owner")
def _owner(service: RunningService) -> Iterator[Owner]:
    losant = service.losant
    base, headers = f"{losant['url']}/applications/{losant['application_id']}", bearer(losant["token"])
    with httpx.Client(base_url=base, headers=headers, timeout=30, trust_env=False) as api:
        yield Owner(api)


@pytest.fixture(name="device")
def _device(service: RunningService, owner: Owner) -> Iterator[SimulatedWorkflowDevice]:
    losant = service.losant
    site = Site(losant["url"], losant["tls_url"], losant["ca"])
    key = owner.post("/keys", {"deviceIds": [owner.device]})
    with httpx.Client(base_url=site.tls_url, verify=site.trust(), timeout=30, trust_env=False) as http:
        client = WorkflowDeviceClient(http, owner.device, key=key["key"], secret=key["secret"])
        yield SimulatedWorkflowDevice(client)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_9_10_a_release_an_error_and_a_removal_reach_a_device_and_come_back(
    owner: Owner, device: SimulatedWorkflowDevice
) -> None:
    owner.publish("2026.1", agent="2.4.0")
    owner.publish("2026.2", agent="2.5.0")

    owner.release("2026.1")
    assert owner.standing() == ("2026.1", None)
    assert device.sync()
    assert owner.standing() == ("2026.1", "2026.1")
    (node,) = json.loads(device.running[owner.flow].content)["nodes"]
    assert node["config"] == {"message": "2026.1"}
    assert not device.sync()
    assert device.client.desired() is None

    owner.release("2026.2")
    device.sync()
    assert owner.standing() == ("2026.2", "2026.1")
    assert owner.record()["logs"][-1]["error"] == "needs runtime 2.5.0, have 2.4.0"

    owner.release(None)
    assert device.sync()
    assert (device.running, owner.standing()) == ({}, (None, None))
