"""What was acknowledged outlives a clean stop, wherever in the loop it comes (with a STATE folder)."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
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
from tests.e2e.operator import DEPLOYMENTS, DEVICES, Operator, artifact, operator
from tests.infra.local.assemblies import AssemblyFolder
from tests.support.service import RunningService, run_command, started_service

pytestmark = pytest.mark.engine

LOGIN = "/api/management/v1/useradm/auth/login"
LATER = "MergeAttributes"
"""A function that older stacks did not have, as its resources are called."""


@dataclass(frozen=True)
class Clone:
    """A folder that a service runs in, and the folder of what it keeps."""

    folder: Path
    state: Path

    @contextmanager
    def serving(self) -> Iterator[RunningService]:
        """A service, stopped cleanly at the end of the block."""
        with started_service(self.folder, STATE=str(self.state)) as (service, process):
            yield service
        assert process.returncode == 0


def older_stacks(state: Path, folder: Path) -> Account:
    """Leave what an older version left: stacks with a function less, and a workspace in the table."""
    shutil.copytree(synthesised(ASSEMBLIES), folder)
    (template_file,) = folder.glob("*-Inventory.template.json")
    template = json.loads(template_file.read_text())
    kept = {name: it for name, it in template["Resources"].items() if not name.startswith(LATER)}
    assert len(kept) < len(template["Resources"])
    template_file.write_text(json.dumps({**template, "Resources": kept}))
    with local_engine(state) as engine:
        deploy(folder, engine.url)
        account = create_workspace(EngineClients(engine.url), DEFAULT_WORKSPACE)
    keep_account(state / "account.json", account)
    return account


class Loop:
    """A user and two devices who go on, with the tokens that they have, at whatever address the service is."""

    def __init__(self, at_work: Operator) -> None:
        self.at_work = at_work
        self.deployment = ""
        self.link = ""

    def move(self, service: RunningService) -> None:
        """From now on the service is there."""
        self.at_work.api.base_url = httpx.URL(service.mender["url"])
        self.at_work.devices.base_url = httpx.URL(service.mender["tls_url"])

    def prepare(self) -> None:
        self.first, self.second = self.at_work.enrol(Behaviour.SUCCEEDS, Behaviour.FAILS)
        self.at_work.upload("app")

    def begin(self) -> None:
        self.deployment = self.at_work.deploy("app", "app", [self.first, self.second])
        self.link = self.first.poll().json()["artifact"]["source"]["uri"]
        assert self.first.report(self.deployment, "downloading") == httpx.codes.NO_CONTENT

    def end(self) -> None:
        assert self.first.poll().json()["id"] == self.deployment
        assert self.downloaded() == artifact(self.at_work.named("app"))
        assert self.first.report(self.deployment, "success") == httpx.codes.NO_CONTENT
        assert self.second.simulated.update()

    def look_back(self) -> None:
        log = f"{DEPLOYMENTS}/deployments/{self.deployment}/devices/{self.second.id}/log"
        assert self.at_work.get(log).text.endswith("the installed program did not start\n")
        assert self.at_work.user.deployment(self.deployment)["status"] == "finished"
        assert self.at_work.statuses(self.deployment) == {self.first.id: "success", self.second.id: "failure"}
        assert self.downloaded() == artifact(self.at_work.named("app"))

    def downloaded(self) -> bytes:
        """What the link of long ago leads to."""
        path = urlsplit(self.link).path
        return self.at_work.devices.get(path, follow_redirects=True).raise_for_status().content

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


def test_a_stop_between_any_two_steps_loses_nothing_in_a_folder_of_older_stacks_too(tmp_path: Path) -> None:
    clone = Clone(tmp_path / "local", tmp_path / "state")
    clone.state.mkdir()
    account = asdict(older_stacks(clone.state, tmp_path / "assembly"))

    with ExitStack() as kept:
        with clone.serving() as service:
            assert {name: service.mender[name] for name in account} == account
            assert [name for name in functions_of(service) if LATER in name]
            other = json.loads(run_command("workspace", clone.folder, NAME="b").stdout)["mender"]
            loop = Loop(kept.enter_context(operator(service.mender)))
            loop.prepare()
            before = loop.seen()
        for step in (loop.begin, loop.end, loop.look_back):
            with clone.serving() as service:
                loop.move(service)
                assert loop.seen() == before
                step()
                before = loop.seen()
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
