"""What was acknowledged outlives a clean stop, wherever in the loop it comes (with a STATE folder)."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from infra.local.clients import EngineClients
from infra.local.deployer import deploy
from infra.local.engine import local_engine
from infra.local.errors import LocalCloudError
from infra.local.service import ASSEMBLIES
from infra.local.simulated_device import Behaviour
from infra.local.synth import synthesised
from infra.local.workspaces import DEFAULT_WORKSPACE, Account, create_workspace, keep_account
from tests.e2e.operator import DEPLOYMENTS, DEVICE_DEPLOYMENTS, DEVICES, Device, Operator, artifact, operator
from tests.infra.local.assemblies import AssemblyFolder
from tests.support.service import Clone, RunningService, run_command

pytestmark = pytest.mark.engine

LOGIN = "/api/management/v1/useradm/auth/login"
LATER = "MergeAttributes"
"""A function that older stacks did not have, as its resources are called."""


def older_stacks(state: Path, folder: Path) -> Account:
    """Leave what an older version left: stacks with a function less, a workspace in the table, no key and no token."""
    shutil.copytree(synthesised(ASSEMBLIES), folder)
    (template_file,) = folder.glob("*-Inventory.template.json")
    template = json.loads(template_file.read_text())
    kept = {name: it for name, it in template["Resources"].items() if not name.startswith(LATER)}
    assert len(kept) < len(template["Resources"])
    template_file.write_text(json.dumps({**template, "Resources": kept}))
    with local_engine(state) as engine:
        deploy(folder, engine.url)
        account = create_workspace(EngineClients(engine.url), DEFAULT_WORKSPACE)
    keep_account(state / "account.json", replace(account, api_key="", application_token=""))
    return account


class Loop:
    """A user and two devices who go on, with the tokens that they have, at whatever address the service is."""

    def __init__(self, at_work: Operator) -> None:
        self.at_work = at_work
        self.waiting = [at_work.knock(behaviour) for behaviour in (Behaviour.SUCCEEDS, Behaviour.FAILS)]

    def move(self, service: RunningService) -> None:
        """From now on the service is there."""
        self.at_work.api.base_url = httpx.URL(service.mender["url"])
        self.at_work.devices.base_url = httpx.URL(service.mender["tls_url"])

    @property
    def steps(self) -> list[Callable[[], None]]:
        """All of the loop, in its order."""
        return [
            self.accept,
            self.upload,
            self.create,
            self.poll,
            lambda: self.report(self.first, "downloading"),
            self.download,
            lambda: self.report(self.first, "installing"),
            lambda: self.report(self.first, "success"),
            lambda: self.report(self.second, "failure"),
            self.send_log,
            self.count,
            self.abort,
            self.look_back,
        ]

    def accept(self) -> None:
        self.first, self.second = map(self.at_work.accept, self.waiting)

    def upload(self) -> None:
        assert all(each.check_in() for each in self.waiting)
        self.at_work.upload("app")

    def create(self) -> None:
        self.deployment = self.at_work.deploy("app", "app", [self.first, self.second])
        self.doomed = self.at_work.deploy("doomed", "app", [self.first, self.second])

    def poll(self) -> None:
        offers = [device.poll().json() for device in (self.first, self.second)]
        assert {offer["id"] for offer in offers} == {self.deployment}
        self.link = offers[0]["artifact"]["source"]["uri"]

    def report(self, device: Device, status: str) -> None:
        assert device.report(self.deployment, status) == httpx.codes.NO_CONTENT

    def download(self) -> None:
        assert self.downloaded() == artifact(self.at_work.named("app"))

    def send_log(self) -> None:
        message = {"timestamp": "2026-01-01T00:00:00Z", "level": "error", "message": "it did not start"}
        path = f"{DEVICE_DEPLOYMENTS}/{self.deployment}/log"
        assert self.second.call("PUT", path, {"messages": [message]}).status_code == httpx.codes.NO_CONTENT

    def count(self) -> None:
        assert self.at_work.statistics(self.deployment) == {"success": 1, "failure": 1}
        assert self.at_work.user.deployment(self.deployment)["status"] == "finished"

    def abort(self) -> None:
        assert self.at_work.abort(self.doomed) == httpx.codes.NO_CONTENT

    def look_back(self) -> None:
        assert self.at_work.statuses(self.deployment) == {self.first.id: "success", self.second.id: "failure"}
        log = f"{DEPLOYMENTS}/deployments/{self.deployment}/devices/{self.second.id}/log"
        assert self.at_work.get(log).text.endswith("it did not start\n")
        assert self.at_work.statistics(self.doomed) == {"aborted": 2}
        assert self.first.poll(self.at_work.named("app")).status_code == httpx.codes.NO_CONTENT
        self.download()

    def downloaded(self) -> bytes:
        """What the link of long ago leads to."""
        path = urlsplit(self.link).path
        return self.at_work.devices.get(path, follow_redirects=True).raise_for_status().content

    def proceed(self, steps: Sequence[Callable[[], None]]) -> dict[str, Any]:
        """Take some steps and return all that a user can read then."""
        for step in steps:
            step()
        return self.seen()

    def seen(self) -> dict[str, Any]:
        """All that a user can read."""
        deployments = self.at_work.get(f"{DEPLOYMENTS}/deployments").json()
        return {
            "artifacts": self.at_work.get(f"{DEPLOYMENTS}/artifacts").json(),
            "devices": self.at_work.get(DEVICES).json(),
            "deployments": deployments,
            "statuses": [self.at_work.user.devices_of(each["id"]) for each in deployments],
            "statistics": [self.at_work.statistics(each["id"]) for each in deployments],
        }


def functions_of(service: RunningService) -> list[str]:
    """The names of what is deployed."""
    pages = EngineClients(service.aws["endpoint_url"]).functions.get_paginator("list_functions").paginate()
    return [function["FunctionName"] for page in pages for function in page["Functions"]]


def log_in(service: RunningService, account: Mapping[str, str]) -> int:
    """The status code of a login."""
    credentials = (account["username"], account["password"])
    return httpx.post(f"{service.mender['url']}{LOGIN}", auth=credentials, trust_env=False).status_code


@pytest.mark.parametrize("first_stop", [1, 2])
def test_a_stop_between_any_two_steps_loses_nothing(tmp_path: Path, first_stop: int) -> None:
    """One of the runs stops after every odd step, the other after every even one: no gap is left out."""
    clone = Clone(tmp_path / "local", tmp_path / "state")
    with ExitStack() as kept:
        with clone.serving() as service:
            loop = Loop(kept.enter_context(operator(service.mender)))
            seen = loop.proceed(loop.steps[:first_stop])
        for begin in range(first_stop, len(loop.steps), 2):
            with clone.serving() as service:
                loop.move(service)
                assert loop.seen() == seen
                seen = loop.proceed(loop.steps[begin : begin + 2])


def test_a_state_folder_of_older_stacks_is_brought_up_to_date_with_all_that_is_in_it(tmp_path: Path) -> None:
    clone = Clone(tmp_path / "local", tmp_path / "state")
    clone.state.mkdir()
    account = asdict(older_stacks(clone.state, tmp_path / "assembly"))
    lost_key, lost_token = account.pop("api_key"), account.pop("application_token")

    with clone.serving() as service:
        assert {name: service.mender[name] for name in account} == account
        assert service.native["api_key"] not in {"", lost_key}
        assert service.losant["token"] not in {"", lost_token}
        assert [name for name in functions_of(service) if LATER in name]
        other = json.loads(run_command("workspace", clone.folder, NAME="b").stdout)["mender"]
    with clone.serving() as service:
        assert {log_in(service, each) for each in (account, other)} == {httpx.codes.OK}


def test_a_state_folder_that_cannot_be_updated_is_one_line(tmp_path: Path) -> None:
    clone = Clone(tmp_path / "local", tmp_path / "state")
    clone.state.mkdir()
    broken = {"Type": "AWS::Lambda::Url", "Properties": {"TargetFunctionArn": "gone", "AuthType": "AWS_IAM"}}
    AssemblyFolder(tmp_path / "assembly").add_stack("Sluiceway-Data", {"Broken": broken})
    with local_engine(clone.state) as engine, pytest.raises(LocalCloudError):
        deploy(tmp_path / "assembly", engine.url)

    refused = run_command("serve", clone.folder, STATE=str(clone.state))

    assert refused.returncode == 1
    assert re.fullmatch(
        r"error: The state folder holds the stack Sluiceway-Data as \w+, which cannot be updated; .*\n", refused.stderr
    )
    assert not (clone.folder / "credentials.json").exists()
