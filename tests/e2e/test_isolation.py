"""Two workspaces in one service know nothing of each other (mender contract 16.9)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from infra.local.simulated_device import Behaviour
from tests.e2e.operator import DEPLOYMENTS, DEVICE_DEPLOYMENTS, DEVICES, Device, Operator, operator
from tests.support.service import ROOT, RunningService

pytestmark = pytest.mark.engine

NOWHERE = str(uuid4())


@dataclass(frozen=True)
class Tenant:
    """A workspace with something of everything in it."""

    operator: Operator
    device: Device
    auth_set: str
    artifact: str
    deployment: str


@dataclass(frozen=True)
class Names:
    """Identifiers to put into a request: those of a tenant, or such as nobody has."""

    device: str = NOWHERE
    auth_set: str = NOWHERE
    artifact: str = NOWHERE
    deployment: str = NOWHERE


UserCall = Callable[[httpx.Client, Names], httpx.Response]
USER_CALLS: dict[str, UserCall] = {
    "artifact": lambda api, its: api.get(f"{DEPLOYMENTS}/artifacts/{its.artifact}"),
    "download link": lambda api, its: api.get(f"{DEPLOYMENTS}/artifacts/{its.artifact}/download"),
    "artifact's end": lambda api, its: api.delete(f"{DEPLOYMENTS}/artifacts/{its.artifact}"),
    "deployment": lambda api, its: api.get(f"{DEPLOYMENTS}/deployments/{its.deployment}"),
    "statistics": lambda api, its: api.get(f"{DEPLOYMENTS}/deployments/{its.deployment}/statistics"),
    "devices of it": lambda api, its: api.get(f"{DEPLOYMENTS}/deployments/{its.deployment}/devices"),
    "log": lambda api, its: api.get(f"{DEPLOYMENTS}/deployments/{its.deployment}/devices/{its.device}/log"),
    "abort": lambda api, its: api.put(f"{DEPLOYMENTS}/deployments/{its.deployment}/status", json={"status": "aborted"}),
    "reject": lambda api, its: api.put(
        f"{DEVICES}/{its.device}/auth/{its.auth_set}/status", json={"status": "rejected"}
    ),
}


def make_workspace(service: RunningService, name: str) -> dict[str, Any]:
    """What `make workspace` prints, run against the folder of the shared service."""
    command = f"LOCAL={sys.executable} -m infra.local --folder {service.folder}"
    made = subprocess.run(
        ["make", "--no-print-directory", "workspace", f"NAME={name}", command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    printed: dict[str, Any] = json.loads(made.stdout)
    return printed


@pytest.fixture(scope="module", name="made")
def _made(service: RunningService) -> dict[str, Any]:
    return make_workspace(service, f"b-{uuid4().hex[:8]}")


def tenant(at_work: Operator) -> Tenant:
    (device,) = at_work.enrol(Behaviour.SUCCEEDS)
    (shown,) = at_work.get(f"{DEVICES}?id={device.id}").json()
    artifact = at_work.upload("app")
    deployment = at_work.deploy("app", "app", [device])
    device.poll().raise_for_status()
    device.report(deployment, "downloading")
    log = {"messages": [{"timestamp": "2026-03-11T13:03:17Z", "level": "info", "message": "secret"}]}
    device.call("PUT", f"{DEVICE_DEPLOYMENTS}/{deployment}/log", log).raise_for_status()
    return Tenant(at_work, device, shown["auth_sets"][0]["id"], artifact, deployment)


@pytest.fixture(scope="module", name="ours")
def _ours(service: RunningService) -> Iterator[Tenant]:
    with operator(service.mender) as at_work:
        yield tenant(at_work)


@pytest.fixture(scope="module", name="stranger")
def _stranger(made: dict[str, Any]) -> Iterator[Operator]:
    """The user of the other workspace, and its devices."""
    with operator(made["mender"], made["mender"]["workspace"]) as at_work:
        yield at_work


def names_of(tenant: Tenant) -> Names:
    return Names(tenant.device.id, tenant.auth_set, tenant.artifact, tenant.deployment)


def without_request_id(answer: httpx.Response) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name != "request_id"}


def test_the_command_prints_another_workspace_in_the_shape_of_the_first(
    service: RunningService, made: dict[str, Any]
) -> None:
    running = json.loads((service.folder / "credentials.json").read_text())

    assert {name: set(objects) for name, objects in made.items()} == {
        name: set(objects) for name, objects in running.items()
    }
    changed = {"workspace", "username", "password", "token"}
    assert {name for name, value in made["mender"].items() if value != service.mender[name]} == changed
    assert made["aws"] == service.aws


def test_lists_show_nothing_of_another_workspace(ours: Tenant, service: RunningService) -> None:
    with operator(make_workspace(service, f"empty-{uuid4().hex[:8]}")["mender"]) as newcomer:
        for path in (f"{DEPLOYMENTS}/artifacts", f"{DEPLOYMENTS}/deployments", DEVICES):
            assert ours.operator.get(path).json()
            assert newcomer.get(path).json() == []


@pytest.mark.parametrize("call", USER_CALLS.values(), ids=USER_CALLS)
def test_what_another_workspace_has_is_answered_like_what_nobody_has(
    ours: Tenant, stranger: Operator, call: UserCall
) -> None:
    foreign, absent = call(stranger.api, names_of(ours)), call(stranger.api, Names())

    assert foreign.status_code == httpx.codes.NOT_FOUND
    assert (foreign.status_code, without_request_id(foreign)) == (absent.status_code, without_request_id(absent))


def test_what_a_stranger_tried_has_changed_nothing(ours: Tenant, stranger: Operator) -> None:
    before = ours.operator.user.deployment(ours.deployment)
    for call in USER_CALLS.values():
        call(stranger.api, names_of(ours))

    assert ours.operator.user.deployment(ours.deployment) == before
    assert ours.operator.get(f"{DEPLOYMENTS}/artifacts/{ours.artifact}").json()["name"] == ours.operator.named("app")
    assert ours.device.report(ours.deployment, "downloading") == httpx.codes.NO_CONTENT


def test_a_device_of_another_workspace_has_no_part_in_a_deployment(ours: Tenant, stranger: Operator) -> None:
    (outsider,) = stranger.enrol(Behaviour.SUCCEEDS)
    answers = [
        outsider.report(ours.deployment, "success"),
        outsider.report(NOWHERE, "success"),
        outsider.poll().status_code,
    ]

    assert answers == [httpx.codes.NOT_FOUND, httpx.codes.NOT_FOUND, httpx.codes.NO_CONTENT]
    assert ours.operator.statistics(ours.deployment) == {"downloading": 1}


def test_a_deployment_to_the_devices_of_another_workspace_reaches_none_of_them(
    ours: Tenant, stranger: Operator
) -> None:
    """An unknown device id is taken (contract 2.7), and a foreign one is unknown."""
    stranger.upload("app")
    deployment = stranger.deploy("to strangers", "app", [ours.device])

    assert ours.device.poll().json()["id"] == ours.deployment
    assert ours.device.report(deployment, "success") == httpx.codes.NOT_FOUND
    assert stranger.statistics(deployment) == {"pending": 1}


def test_an_artifact_can_have_the_same_name_in_both(ours: Tenant, stranger: Operator) -> None:
    name = f"both-{uuid4().hex[:8]}"
    for each in (ours.operator, stranger):
        each.upload(name)
