"""A device of version v0.8 against the running service, over TLS (miru contract 8, 10.4).

The genuine program cannot be had as a package; what stands for it signs with real keys of the genuine size, believes of
the service what that one believes, and caches as that one does.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.local.config_device_client import ROOT, ConfigDeviceClient, self_signed_token
from infra.local.simulated_config_device import SimulatedConfigDevice
from infra.local.site import Site
from tests.support.service import RunningService, service

__all__ = ["service"]

pytestmark = pytest.mark.engine

Json = dict[str, Any]
PATH = "/srv/miru/configs/drive.json"
TETONS = {"Miru-Version": "2026-03-09.tetons"}
DEPLOYED, ARCHIVED = ("deployed", "deployed"), ("archived", "archived")


@dataclass
class Owner:
    """Who deploys, with an API key; every name is of this test alone, as the service is shared."""

    api: httpx.Client
    name: str = field(default_factory=lambda: f"d-{uuid.uuid4().hex[:8]}")
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.post("/config_types", {"name": "Drive", "slug": self.name})
        document = {"name": "drive.json", "data": '{"type": "object"}'}
        schema = {"config_type_ref": {"slug": self.name}, "language": "jsonschema", "format": "json"}
        self._schema = self.post("/config_schemas", {**schema, "documents": [document], "instance_filepath": PATH})[
            "id"
        ]
        self.device = self.post("/devices", {"name": self.name})["id"]

    def post(self, path: str, body: object = None) -> Json:
        made: Json = self.api.post(f"/beta{path}", json=body).raise_for_status().json()
        return made

    def deploy(self, data: str) -> str:
        """Deploy new content of a new release to the device."""
        version = f"v{next(self._numbers)}-{self.name}"
        release = self.post("/releases", {"version": version, "config_schema_ids": [self._schema]})
        content = {"config_schema_id": self._schema, "content": {"format": "json", "data": data}}
        body = {
            "target_status": "staged",
            "description": "",
            "release_id": release["id"],
            "device_id": self.device,
            "config_instance_ids": [self.post("/config_instances", content)["id"]],
        }
        deployment_id: str = self.post("/deployments", body)["id"]
        self.post(f"/deployments/{deployment_id}/deploy")
        return deployment_id

    def standing(self, deployment_id: str) -> tuple[str, str]:
        """Target and activity."""
        found = self.api.get(f"/beta/deployments/{deployment_id}").raise_for_status().json()
        return found["target_status"], found["activity_status"]

    def invite(self) -> str:
        token: str = self.post(f"/devices/{self.device}/activation_token", {"allow_reactivation": True})["token"]
        return token


@pytest.fixture(name="owner")
def _owner(service: RunningService) -> Iterator[Owner]:
    miru = service.credentials["miru"]
    headers = {"X-API-Key": miru["api_key"], **TETONS}
    with httpx.Client(base_url=miru["url"], headers=headers, timeout=30, trust_env=False) as api:
        yield Owner(api)


@pytest.fixture(name="outside")
def _outside(service: RunningService) -> Iterator[httpx.Client]:
    """What devices call with: 10 s for each request, as the genuine program gives it."""
    miru = service.credentials["miru"]
    site = Site(miru["url"], miru["tls_url"], miru["ca"])
    with httpx.Client(base_url=site.tls_url, verify=site.trust(), timeout=10, trust_env=False) as http:
        yield http


@pytest.fixture(name="device")
def _device(owner: Owner, outside: httpx.Client, tmp_path: Path) -> SimulatedConfigDevice:
    client = ConfigDeviceClient(outside, rsa.generate_private_key(public_exponent=65537, key_size=4096))
    client.activate(owner.invite())
    return SimulatedConfigDevice(client, tmp_path)


def test_10_4_point_8_from_activation_to_deployed(owner: Owner, device: SimulatedConfigDevice) -> None:
    deployment = owner.deploy('{"max_speed_mps": 1.0}\n')
    assert owner.standing(deployment) == ("deployed", "queued")
    device.sync()
    assert device.read(PATH) == b'{"max_speed_mps": 1.0}\n'
    assert owner.standing(deployment) == DEPLOYED
    shown = owner.api.get(f"/beta/devices/{owner.device}").json()
    assert (shown["status"], shown["agent_version"]) == ("online", "v0.8.0")


def test_10_4_point_5_rows_14_15_and_16_with_a_device_that_caches(owner: Owner, device: SimulatedConfigDevice) -> None:
    unheard = owner.deploy('{"n": 14}')
    pulled = owner.deploy('{"n": 15}')
    assert owner.standing(unheard) == ARCHIVED
    device.pull()
    written = owner.deploy('{"n": 16}')
    assert owner.standing(pulled) == ("archived", "queued")
    device.sync()
    assert (owner.standing(pulled), owner.standing(written)) == (ARCHIVED, DEPLOYED)
    last = owner.deploy('{"n": 17}')
    assert owner.standing(written) == ("archived", "deployed")
    device.sync()
    assert (owner.standing(written), owner.standing(last)) == (ARCHIVED, DEPLOYED)
    assert device.entries.keys() == {pulled, written, last}
    assert device.read(PATH) == b'{"n": 17}'


def test_a_machine_in_the_place_of_another_is_delivered_to_again(
    owner: Owner, device: SimulatedConfigDevice, outside: httpx.Client, tmp_path: Path
) -> None:
    deployment = owner.deploy('{"n": 1}')
    device.sync()
    second = ConfigDeviceClient(outside, rsa.generate_private_key(public_exponent=65537, key_size=2048))
    second.activate(owner.invite())
    assert owner.standing(deployment) == ("deployed", "queued")
    with pytest.raises(httpx.HTTPStatusError, match="401"):
        device.sync()
    replacement = SimulatedConfigDevice(second, tmp_path / "second")
    replacement.sync()
    assert (replacement.read(PATH), owner.standing(deployment)) == (b'{"n": 1}', DEPLOYED)


def test_a_newer_program_provisions_itself_and_signs_for_its_tokens(owner: Owner, outside: httpx.Client) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=4096)
    client = ConfigDeviceClient(outside, key)
    provisioned = client.provision(owner.post("/provisioning_tokens")["token"], f"{owner.name}-new")
    own = self_signed_token(key, str(uuid.uuid4()), datetime.now(UTC))
    issued = outside.post(f"{ROOT}/devices/token", headers={"Authorization": f"Bearer {own}"}).raise_for_status().json()
    shown = outside.get(f"{ROOT}/device", headers={"Authorization": f"Bearer {issued['token']}"}).raise_for_status()
    assert shown.json()["id"] == provisioned["id"]
    assert shown.json()["session_id"] == provisioned["session_id"]
