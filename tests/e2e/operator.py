"""What a user and a fleet do, for tests that look at the service from outside."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import httpx

from infra.local.management_client import ManagementClient
from infra.local.simulated_device import Behaviour, SimulatedDevice
from sluiceway.artifacts.mender_writer import Payload, write_artifact

DEPLOYMENTS = "/api/management/v1/deployments"
DEVICES = "/api/management/v2/devauth/devices"
DEVICE_DEPLOYMENTS = "/api/devices/v1/deployments/device/deployments"
DEVICE_TYPE = "simulated"


@dataclass
class Device:
    """A simulated device that was let in, and the service's name for it."""

    id: str
    simulated: SimulatedDevice

    def call(self, method: str, path: str, body: object = None, token: str | None = None) -> httpx.Response:
        """One request with the device's token, or another's."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return self.simulated.http.request(method, path, json=body, headers=headers)

    def report(self, deployment_id: str, status: str) -> int:
        """The status code that a report is answered with."""
        return self.call("PUT", f"{DEVICE_DEPLOYMENTS}/{deployment_id}/status", {"status": status}).status_code

    def poll(self, artifact_name: str = "factory") -> httpx.Response:
        """Ask for work, as the oldest clients do."""
        query = f"artifact_name={artifact_name}&device_type={DEVICE_TYPE}"
        return self.call("GET", f"{DEVICE_DEPLOYMENTS}/next?{query}")

    @property
    def token(self) -> str:
        return self.simulated.client._token


@dataclass(frozen=True)
class Operator:
    """A user at work. Everything is named after one run, since tests share a service."""

    api: httpx.Client
    """Carries the user's token."""
    devices: httpx.Client
    run: str
    tenant_token: str

    @property
    def user(self) -> ManagementClient:
        return ManagementClient(self.api)

    def enrol(self, *behaviours: Behaviour) -> list[Device]:
        """Let devices in, one of each behaviour."""
        return [self._enrol(behaviour) for behaviour in behaviours]

    def _enrol(self, behaviour: Behaviour) -> Device:
        device = self.accept(self.knock(behaviour))
        assert device.simulated.check_in()
        return device

    def knock(self, behaviour: Behaviour) -> SimulatedDevice:
        """A new device that has asked to be let in."""
        name = f"{self.run}-{uuid4().hex[:8]}"
        simulated = SimulatedDevice(
            name, self.devices, DEVICE_TYPE, behaviour=behaviour, tenant_token=self.tenant_token
        )
        assert not simulated.check_in()
        return simulated

    def accept(self, simulated: SimulatedDevice) -> Device:
        """Let a device in that has asked."""
        (device_id,) = self.user.accept([simulated.name])
        return Device(device_id, simulated)

    def upload(self, name: str) -> str:
        """Upload an artifact and return its id; its name is that of the run and this one."""
        return self.user.upload(artifact(self.named(name)), "made by a test")

    def deploy(self, name: str, artifact_name: str, devices: Sequence[Device]) -> str:
        """Deploy to some devices and return the deployment's id."""
        return self.user.create_deployment(self.named(name), self.named(artifact_name), [each.id for each in devices])

    def named(self, name: str) -> str:
        return f"{self.run}-{name}"

    def abort(self, deployment_id: str) -> int:
        """The status code that an abort is answered with."""
        path = f"{DEPLOYMENTS}/deployments/{deployment_id}/status"
        return self.api.put(path, json={"status": "aborted"}).status_code

    def statistics(self, deployment_id: str) -> dict[str, int]:
        """The counters that are not 0."""
        counters = self.get(f"{DEPLOYMENTS}/deployments/{deployment_id}/statistics").json()
        return {status: count for status, count in counters.items() if count}

    def statuses(self, deployment_id: str) -> dict[str, str]:
        """How each device stands, by its id."""
        return {row["id"]: row["status"] for row in self.user.devices_of(deployment_id)}

    def get(self, path: str) -> httpx.Response:
        """Read something that must be there."""
        return self.api.get(path).raise_for_status()


def artifact(name: str) -> bytes:
    """A real artifact with some bytes of its own."""
    return write_artifact(name, [DEVICE_TYPE], Payload(files={"message.txt": f"This is {name}.\n".encode() * 400}))


@contextmanager
def operator(mender: Mapping[str, str], tenant_token: str = "") -> Iterator[Operator]:
    """A user of the workspace that credentials describe, and devices that call the TLS port.

    Without a `tenant_token` the devices belong to the first workspace.
    """
    headers = {"Authorization": f"Bearer {mender['token']}"}
    trust = ssl.create_default_context(cafile=mender["ca"])
    with (
        httpx.Client(base_url=mender["url"], headers=headers, timeout=30, trust_env=False) as api,
        httpx.Client(base_url=mender["tls_url"], verify=trust, timeout=30, trust_env=False) as devices,
    ):
        yield Operator(api, devices, f"e2e-{uuid4().hex[:8]}", tenant_token)
