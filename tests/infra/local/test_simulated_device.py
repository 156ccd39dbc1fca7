"""What a simulated device keeps of what it installed, and says when it asks next."""

from __future__ import annotations

import json
from collections.abc import Mapping

import httpx

from infra.local.simulated_device import SimulatedDevice
from sluiceway.artifacts.mender_writer import Payload, write_artifact

NEXT = "/api/devices/v2/deployments/device/deployments/next"
LINK = "/link"


class Offers:
    """A service that offers artifacts one after the other, and keeps what the device told it."""

    def __init__(self, artifacts: Mapping[str, bytes]) -> None:
        self.provided: list[dict[str, str]] = []
        self.statuses: list[str] = []
        self._waiting = dict(artifacts)
        self._link = b""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == LINK:
            return httpx.Response(httpx.codes.OK, content=self._link)
        body = json.loads(request.content)
        if request.url.path != NEXT:
            self.statuses += [body["status"]] if "status" in body else []
            return httpx.Response(httpx.codes.NO_CONTENT)
        self.provided.append(body["device_provides"])
        return self._offer()

    def _offer(self) -> httpx.Response:
        if not self._waiting:
            return httpx.Response(httpx.codes.NO_CONTENT)
        name = next(iter(self._waiting))
        self._link = self._waiting.pop(name)
        source = {"uri": f"http://service{LINK}"}
        artifact = {"artifact_name": name, "device_types_compatible": ["simulated"], "source": source}
        return httpx.Response(httpx.codes.OK, json={"id": name, "artifact": artifact})


def payload(version: str, key: str) -> Payload:
    return Payload(files={"app": b"app"}, provides={f"rootfs-image.{key}": version}, clears_provides=["rootfs-image.*"])


def device_of(service: Offers) -> SimulatedDevice:
    http = httpx.Client(base_url="http://service", transport=httpx.MockTransport(service))
    return SimulatedDevice("device", http)


def test_a_device_says_what_it_installed_in_place_of_what_that_clears() -> None:
    one = write_artifact("app-1", ["simulated"], payload("1", "one"))
    two = write_artifact("app-2", ["simulated"], payload("2", "two"))
    service = Offers({"app-1": one, "app-2": two})
    device = device_of(service)
    device.provides = {"bootloader": "7"}

    assert [device.update(), device.update(), device.update()] == [True, True, False]

    kept = {"device_type": "simulated", "bootloader": "7"}
    assert service.provided == [
        {**kept, "artifact_name": "factory"},
        {**kept, "artifact_name": "app-1", "rootfs-image.one": "1"},
        {**kept, "artifact_name": "app-2", "rootfs-image.two": "2"},
    ]


def test_a_device_fails_by_the_release_and_keeps_what_it_had() -> None:
    broken = write_artifact("app-2", ["simulated"], payload("2", "two"))
    good = write_artifact("app-3", ["simulated"], payload("3", "three"))
    service = Offers({"app-2": broken, "app-3": good})
    device = device_of(service)
    device.defect_of = {"app-2": "it does not start", "app-3": ""}.__getitem__

    device.update()
    assert (device.artifact_name, device.provides) == ("factory", {})

    device.update()
    assert device.artifact_name == "app-3"
    assert service.statuses == ["downloading", "installing", "failure", "downloading", "installing", "success"]
