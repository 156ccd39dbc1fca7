"""Devices of the Miru dialect as handler tests have them, and what users deploy to them, all through the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import uuid4

from infra.local.config_device_client import SYNC_QUERY, ConfigDeviceClient, public_pem, signed_claims
from infra.local.simulated_config_device import SimulatedConfigDevice
from tests.handlers.miru.calls import Json, Miru
from tests.support.app import Answer, App
from tests.support.app_client import http_of
from tests.support.config_agents import device_key
from tests.support.seeds import expect

ROOT = "/agent/v1"
PATH = "/srv/miru/configs/drive.json"


@dataclass(frozen=True, slots=True)
class Content:
    """A deployment of one file, and what it is made of, by id."""

    id: str
    release: str
    instance: str
    commit: str


@dataclass
class Fleet:
    """A workspace with one schema; every deployment is of a release of its own."""

    miru: Miru
    path: str = PATH
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.miru.post("/config_types", {"name": "Drive", "slug": "drive"})
        schema = {
            "config_type_ref": {"slug": "drive"},
            "language": "jsonschema",
            "format": "json",
            "documents": [{"name": "drive.json", "data": "true"}],
            "instance_filepath": self.path,
        }
        self._schema = self.miru.post("/config_schemas", schema)["id"]
        commit = {"sha": "abc", "message": "slow down", "origin": "https://github.com/acme/carts.git"}
        self._commit = self.miru.post("/git_commits", commit)["id"]

    def device(self, name: str = "cart-7") -> str:
        made: str = self.miru.post("/devices", {"name": name})["id"]
        return made

    def stage(self, device_id: str, data: str = "1.0") -> Content:
        release = self.miru.post(
            "/releases",
            {
                "version": f"v{next(self._numbers)}",
                "config_schema_ids": [self._schema],
                "git_commit_ref": {"id": self._commit},
            },
        )["id"]
        instance = self.miru.post(
            "/config_instances", {"config_schema_id": self._schema, "content": {"format": "json", "data": data}}
        )["id"]
        made = self.miru.post(
            "/deployments",
            {
                "target_status": "staged",
                "description": "",
                "release_id": release,
                "device_id": device_id,
                "config_instance_ids": [instance],
            },
        )
        return Content(made["id"], release, instance, self._commit)

    def deploy(self, device_id: str, data: str = "1.0") -> Content:
        staged = self.stage(device_id, data)
        self.miru.post(f"/deployments/{staged.id}/deploy")
        return staged

    def standing(self, deployment: Content) -> tuple[str, str, str]:
        """Target, activity and error of a deployment, as the newest version says them."""
        found = self.miru.get(f"/deployments/{deployment.id}")
        return found["target_status"], found["activity_status"], found["error_status"]

    def invite(self, device_id: str, *, reactivates: bool = False) -> str:
        body = {"allow_reactivation": reactivates}
        token: str = self.miru.post(f"/devices/{device_id}/activation_token", body)["token"]
        return token

    def agent(self, device_id: str, number: int = 0) -> Agent:
        """Activate a device with the key of a number and give it a token."""
        agent = Agent(self.miru.app, device_id, number)
        expect(200, agent.activate(self.invite(device_id, reactivates=True)))
        agent.renew()
        return agent

    @contextmanager
    def simulated(self, device_id: str, root: Path) -> Iterator[SimulatedConfigDevice]:
        """Activate a device that syncs as genuine ones do."""
        with http_of(self.miru.app) as http:
            client = ConfigDeviceClient(http, device_key(0))
            client.activate(self.invite(device_id, reactivates=True))
            yield SimulatedConfigDevice(client, root)


@dataclass
class Agent:
    """The program on a device, with the key of a number."""

    app: App
    device_id: str
    number: int = 0
    token: str = ""

    def call(self, method: str, target: str, body: object = b"") -> Answer:
        return self.app.call(method, f"{ROOT}{target}", body, token=self.token or None)

    def get(self, target: str) -> Json:
        found: Json = expect(200, self.call("GET", target)).json()
        return found

    def activate(self, token: str, **members: object) -> Answer:
        body = {"public_key_pem": public_pem(device_key(self.number)), **members}
        return self.app.call("POST", f"{ROOT}/devices/{self.device_id}/activate", body, token=token)

    def claims(self, nonce: str = "", *, lasts: float = 120) -> Json:
        """Signed claims that end so many seconds from now, with a nonce of their own unless one is given."""
        expires = datetime.now(UTC) + timedelta(seconds=lasts)
        return signed_claims(device_key(self.number), self.device_id, nonce or str(uuid4()), expires)

    def show(self, claims: Json) -> Answer:
        return self.app.call("POST", f"{ROOT}/devices/{self.device_id}/issue_token", claims)

    def renew(self) -> str:
        """Get a token."""
        self.token = expect(200, self.show(self.claims())).json()["token"]
        return self.token

    def listed(self) -> list[Json]:
        """What a sync asks for."""
        found: list[Json] = self.get(f"/deployments?limit=100&offset=0&{SYNC_QUERY}")["data"]
        return found

    def report(self, deployment: Content, activity: str, error: str = "none", **times: str) -> Json:
        body = {"activity_status": activity, "error_status": error, **times}
        shown: Json = expect(200, self.call("PATCH", f"/deployments/{deployment.id}", body)).json()
        return shown
