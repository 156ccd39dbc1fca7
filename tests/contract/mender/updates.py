"""What a user does to update genuine devices, and sees of it."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from infra.local.management_client import ManagementClient
from tests.contract.mender.genuine_device import GenuineDevice
from tests.support.waiting import wait_for

DEPLOYMENTS = "/api/management/v1/deployments/deployments"


@dataclass(frozen=True, slots=True)
class Update:
    """A deployment, and the ids of the devices that it goes to."""

    api: httpx.Client
    id: str
    devices: tuple[str, ...]

    def wait_until_all(self, status: str) -> None:
        """Block until all devices have a status. Raises TimeoutError."""
        wait_for(f"{status} in deployment {self.id}", lambda: self._statuses() == {status})

    def _statuses(self) -> set[str]:
        return {row["status"] for row in ManagementClient(self.api).devices_of(self.id)}

    def counted(self) -> dict[str, int]:
        """The counters that are not 0."""
        counters = ManagementClient(self.api).deployment(self.id)["statistics"]["status"]
        return {status: count for status, count in counters.items() if count}

    def log(self) -> str:
        """What the only device has sent after a failure. Raises TimeoutError."""
        (device_id,) = self.devices
        path = f"{DEPLOYMENTS}/{self.id}/devices/{device_id}/log"
        wait_for("the log", lambda: self.api.get(path).is_success)
        return self.api.get(path).text


def abort(api: httpx.Client, deployment_id: str) -> None:
    api.put(f"{DEPLOYMENTS}/{deployment_id}/status", json={"status": "aborted"}).raise_for_status()


def accept(api: httpx.Client, device: GenuineDevice) -> str:
    """Let a device in as soon as it has asked; its id."""
    return wait_for(f"{device.name} asking to be let in", lambda: ManagementClient(api).accept([device.name]))[0]


def deploy(api: httpx.Client, release: str, *devices: str, **members: object) -> Update:
    """Deploy a release to some devices, under its own name; `members` are further ones of the body."""
    body = {"name": release, "artifact_name": release, "devices": devices, **members}
    answer = api.post(DEPLOYMENTS, json=body).raise_for_status()
    return Update(api, answer.headers["location"].rpartition("/")[2], devices)
