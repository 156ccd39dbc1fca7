"""A workspace at work, made through the API itself: a user, devices with real keys, artifacts and deployments."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sluiceway.domain.plan import Plan
from sluiceway.domain.scopes import EVERYTHING
from sluiceway.usecases.api_keys import NewApiKey, issue_api_key
from sluiceway.usecases.create_workspace import NewWorkspace, create_workspace
from sluiceway.usecases.credentials import USERS
from sluiceway.usecases.groups import put_in_group
from sluiceway.usecases.users import NewUser, create_user
from sluiceway.usecases.webhooks import create_webhook
from tests.support.app import NOW, Answer, App, running_app
from tests.support.config_agents import SeededAgent, seed_agent
from tests.support.config_seeds import ConfigSeeds, seed_configs
from tests.support.mender_files import mender_file
from tests.support.rollout_seeds import RolloutSeeds, deploy, seed_rollouts
from tests.support.workflow_seeds import WorkflowSeeds, seed_workflows

MANAGEMENT = "/api/management/v1/deployments"
DIRECT_UPLOADS = f"{MANAGEMENT}/artifacts/directupload"
DEVAUTH = "/api/management/v2/devauth"
DEVICES_V1 = "/api/devices/v1/deployments/device/deployments"
DEVICES_V2 = "/api/devices/v2/deployments/device/deployments"
FILTERS = "/api/management/v2/inventory/filters"
AUTH_REQUESTS = "/api/devices/v1/authentication/auth_requests"
PASSWORD = "correct horse"
DEVICE_TYPE = "board-a"
GROUP = "lab"
CONTROL_MAP = {"states": {"ArtifactCommit_Enter": {"action": "force_continue"}}}


@dataclass(frozen=True, slots=True)
class Workspace:
    """A tenant, and its first user's ways in."""

    id: str
    username: str
    token: str
    user_id: str = ""
    token_id: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """A device as it knows itself; `id` and `auth_set` are the service's names for it, `token` empty until accepted."""

    number: int
    id: str = ""
    auth_set: str = ""
    token: str = ""
    tenant: str = ""
    """The workspace that it asks for, which it must name where there are several."""

    @property
    def mac(self) -> str:
        return f"02:00:00:00:00:{self.number:02x}"

    def ask_for_token(self, app: App) -> Answer:
        """Send the signed auth request (mender contract 9.1)."""
        body = auth_request(self.mac, self._key, self.tenant)
        return app.call("POST", AUTH_REQUESTS, body, headers=signed(body, self._key))

    @property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(bytes([self.number]) * 32)


def auth_request(mac: str, key: Ed25519PrivateKey, tenant: str = "") -> bytes:
    """The body of an auth request, exactly as it is signed."""
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    body = {"id_data": json.dumps({"mac": mac}), "pubkey": public, "tenant_token": tenant}
    return json.dumps(body).encode() + b"\n"


def signed(body: bytes, key: Ed25519PrivateKey) -> dict[str, str]:
    """The headers of an auth request."""
    return {"content-type": "application/json", "x-men-signature": base64.b64encode(key.sign(body)).decode()}


def seed_workspace(app: App, name: str = "a") -> Workspace:
    """Make a tenant; its user is called after it."""
    made = create_workspace(app.service, NewWorkspace(name, f"{name}@example.com", PASSWORD), NOW)
    token_id = str(app.service.tokens.verify(made.token, audience=USERS, now=NOW)["jti"])
    return Workspace(made.workspace.id, made.user.mail, made.token, made.user.id, token_id)


def add_user(app: App, workspace: Workspace, mail: str) -> str:
    """Make another user of a workspace, with the one password, and return their id."""
    return create_user(app.service, workspace.id, NewUser(mail, PASSWORD), NOW)


def introduce_device(app: App, workspace: Workspace, number: int) -> Device:
    """Let a device ask for the first time: it is pending afterwards."""
    device = Device(number, tenant=workspace.id)
    expect(401, device.ask_for_token(app))
    pending = expect(200, app.call("GET", f"{DEVAUTH}/devices?status=pending", token=workspace.token)).json()
    (shown,) = [entry for entry in pending if entry["identity_data"]["mac"] == device.mac]
    return replace(device, id=shown["id"], auth_set=shown["auth_sets"][0]["id"])


def enrol_device(app: App, workspace: Workspace, number: int) -> Device:
    """Introduce a device, accept it and let it fetch its token."""
    device = introduce_device(app, workspace, number)
    target = f"{DEVAUTH}/devices/{device.id}/auth/{device.auth_set}/status"
    expect(204, app.call("PUT", target, {"status": "accepted"}, token=workspace.token))
    return replace(device, token=expect(200, device.ask_for_token(app)).text)


def upload_artifact(app: App, workspace: Workspace, name: str) -> str:
    """Upload a small artifact for DEVICE_TYPE and return its id."""
    body, headers = multipart(mender_file(name, (DEVICE_TYPE,)))
    answer = app.call("POST", f"{MANAGEMENT}/artifacts", body, token=workspace.token, headers=headers)
    return expect(201, answer).headers["location"].rpartition("/")[2]


def multipart(artifact: bytes) -> tuple[bytes, dict[str, str]]:
    """The body and headers of an upload, as mender-cli orders its parts (mender contract 2.1)."""
    parts = {"size": str(len(artifact)).encode(), "description": b"made by a test", "artifact": artifact}
    lines = [
        b'--edge\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        % (name.encode(), b'; filename="a.mender"' if name == "artifact" else b"", content)
        for name, content in parts.items()
    ]
    return b"".join(lines) + b"--edge--\r\n", {"content-type": "multipart/form-data; boundary=edge"}


def upload_directly(app: App, workspace: Workspace, artifact: bytes) -> str:
    """Put a file to the link of a new direct upload, and return the id of the upload."""
    upload_id = str(expect(200, app.call("POST", DIRECT_UPLOADS, token=workspace.token)).json()["id"])
    key = f"incoming/{workspace.id}/{upload_id}"
    app.objects.put(key, io.BytesIO(artifact), content_type="application/octet-stream")
    return upload_id


def create_deployment(
    app: App, workspace: Workspace, name: str, artifact_name: str, *devices: Device, **members: object
) -> str:
    """Deploy to a fixed list of devices and return the deployment's id."""
    body = {"name": name, "artifact_name": artifact_name, "devices": [device.id for device in devices], **members}
    answer = app.call("POST", f"{MANAGEMENT}/deployments", body, token=workspace.token)
    return expect(201, answer).headers["location"].rpartition("/")[2]


def where(attribute: str, operator: str, value: object, scope: str = "inventory") -> dict[str, object]:
    """One term of a filter (mender contract 7)."""
    return {"scope": scope, "attribute": attribute, "type": operator, "value": value}


def save_filter(app: App, workspace: Workspace, name: str, *terms: dict[str, object]) -> str:
    """Save a filter and return its id."""
    answer = app.call("POST", FILTERS, {"name": name, "terms": list(terms)}, token=workspace.token)
    return expect(201, answer).headers["location"].removeprefix("filters/")


def poll(app: App, device: Device, artifact_name: str = "app-1") -> Answer:
    """Ask for work (mender contract 9.2)."""
    body = {"device_provides": {"artifact_name": artifact_name, "device_type": DEVICE_TYPE}}
    return app.call("POST", f"{DEVICES_V2}/next", body, token=device.token)


def report(app: App, device: Device, deployment: str, status: str) -> Answer:
    """Report a status (mender contract 9.4)."""
    return app.call("PUT", f"{DEVICES_V1}/{deployment}/status", {"status": status}, token=device.token)


def send_log(app: App, device: Device, deployment: str) -> Answer:
    """Send a log of one message (mender contract 9.5)."""
    message = {"timestamp": "2026-03-11T13:03:17Z", "level": "info", "message": "installing"}
    return app.call("PUT", f"{DEVICES_V1}/{deployment}/log", {"messages": [message]}, token=device.token)


def expect(status: int, answer: Answer) -> Answer:
    """The same answer, if it has this status."""
    assert answer.status == status, f"{answer.status} instead of {status}: {answer.text}"
    return answer


@dataclass(frozen=True, slots=True)
class Program:
    """A caller of the native API."""

    key: str
    id: str


def seed_program(app: App, workspace: Workspace, *scopes: str) -> Program:
    """Make an API key, with all rights unless told which."""
    new = NewApiKey("seeded", frozenset(scopes or {EVERYTHING}))
    shown = issue_api_key(app.service, workspace.id, new, NOW)
    return Program(shown.text, shown.api_key.id)


@dataclass(frozen=True)
class SeededApp:
    """One workspace in which something of everything exists.

    `updating` is in the middle of `started`, which has a control map, and has sent a log, `waiting` has not asked for
    `untouched` yet, `stranger` was not accepted yet; both deployments deploy `app-2`, nothing deploys the artifact
    `unused`.
    """

    app: App
    workspace: Workspace
    updating: Device
    waiting: Device
    stranger: Device
    artifact: str
    unused: str
    started: str
    untouched: str
    arrived: str
    """A direct upload whose bytes are there and that nobody has completed."""
    verifying: str
    """A direct upload that was completed and is not verified yet."""
    link: str
    """Where `updating` downloads from."""
    colleague: str
    """Another user."""
    saved_filter: str
    """It finds `updating`."""
    program: Program
    """It has all rights."""
    reader: Program
    """It has no right of the native API."""
    webhook: str
    group: str = GROUP
    """`updating` is in it."""

    @cached_property
    def configs(self) -> ConfigSeeds:
        """What the workspace has of configurations, from when it is first asked for."""
        return seed_configs(self.app.service, self.workspace.id)

    @cached_property
    def agent(self) -> SeededAgent:
        """The device of those configurations, activated when it is first asked for."""
        return seed_agent(self.app.service, self.workspace.id, self.configs)

    @property
    def event(self) -> str:
        """Where the request for a verdict on the deployment that is being validated stands in the outbox."""
        validating = self.configs.validating
        (request,) = (each for each in self.app.deliveries.started if each.subject == validating)
        return request.order

    @cached_property
    def workflows(self) -> WorkflowSeeds:
        """What the workspace has of workflows, likewise."""
        return seed_workflows(self.app.service, self.workspace.id)

    @cached_property
    def rollouts(self) -> RolloutSeeds:
        """What the workspace has of deployments under plans, likewise."""
        device = enrol_device(self.app, self.workspace, 4)
        tried = deploy(self.app.service, self.workspace.id, "tried", Plan(), device.id)
        expect(200, poll(self.app, device))
        return seed_rollouts(self.app.service, self.workspace.id, (self.updating.id, self.waiting.id), tried)

    @property
    def download_token(self) -> str:
        return self.link.rpartition("/")[2]


def seed(app: App) -> SeededApp:
    """Fill an application that has no workspace yet."""
    workspace = seed_workspace(app)
    updating, waiting = enrol_device(app, workspace, 1), enrol_device(app, workspace, 2)
    artifact, unused = upload_artifact(app, workspace, "app-2"), upload_artifact(app, workspace, "app-3")
    started = create_deployment(app, workspace, "started", "app-2", updating, update_control_map=CONTROL_MAP)
    untouched = create_deployment(app, workspace, "untouched", "app-2", waiting)
    link = expect(200, poll(app, updating)).json()["artifact"]["source"]["uri"]
    expect(204, report(app, updating, started, "downloading"))
    expect(204, send_log(app, updating, started))
    stranger = introduce_device(app, workspace, 3)
    arrived, verifying = (upload_directly(app, workspace, mender_file(name)) for name in ("app-4", "app-5"))
    expect(202, app.call("POST", f"{DIRECT_UPLOADS}/{verifying}/complete", token=workspace.token))
    put_in_group(app.service, workspace.id, updating.id, GROUP, NOW)
    colleague = add_user(app, workspace, "colleague@example.com")
    return SeededApp(
        app,
        workspace,
        updating,
        waiting,
        stranger,
        artifact,
        unused,
        started,
        untouched,
        arrived,
        verifying,
        link,
        colleague,
        save_filter(app, workspace, "the lab", where("group", "$eq", GROUP, "system")),
        seed_program(app, workspace),
        seed_program(app, workspace, "devices:read"),
        create_webhook(app.service, workspace.id, "https://hooks.example.com/", NOW).id,
    )


@cache
def _seeded_once() -> SeededApp:
    with running_app() as app:
        return seed(app)


@contextmanager
def seeded_app() -> Iterator[SeededApp]:
    """A running application to oneself, in which something of everything exists."""
    seeds = _seeded_once()
    with running_app(seeds.app) as app:
        yield replace(seeds, app=app)
