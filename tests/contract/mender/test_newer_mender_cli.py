"""The requests that mender-cli 1.11 to 2.0 makes (contract 13.2), over a socket: Debian has the older one only."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from infra.local.management_client import ManagementClient
from sluiceway.artifacts.mender_writer import Payload, write_artifact
from tests.contract.mender.conftest import introduce
from tests.contract.mender.genuine_device import DEVICE_TYPE
from tests.support.service import RunningService, in_another_workspace
from tests.support.waiting import wait_for

pytestmark = pytest.mark.engine

ARTIFACTS = "/api/management/v1/deployments/artifacts"
DEVICES = "/api/management/v2/devauth/devices"
MEDIA_TYPE = "application/vnd.mender-artifact"
PER_PAGE = 2


@pytest.fixture(scope="module", name="service")
def _service(service: RunningService) -> RunningService:
    """These tests read whole lists."""
    return in_another_workspace(service)


def artifact(name: str) -> bytes:
    return write_artifact(name, [DEVICE_TYPE], Payload(files={"message.txt": name.encode()}))


def listed(api: httpx.Client, path: str, number: int = 1) -> list[dict[str, Any]]:
    """What is on a page and, unless it is short, on those after it."""
    page: list[dict[str, Any]] = api.get(path, params={"per_page": PER_PAGE, "page": number}).raise_for_status().json()
    return page if len(page) < PER_PAGE else page + listed(api, path, number + 1)


@pytest.mark.parametrize("count", [PER_PAGE, PER_PAGE + 1])
def test_08_artifacts_are_listed_until_a_short_page(
    api: httpx.Client, user: ManagementClient, unique: str, count: int
) -> None:
    names = [f"listed-{unique}-{number}" for number in range(count)]
    for name in names:
        user.upload(artifact(name), "")
    shown = [item["name"] for item in listed(api, f"{ARTIFACTS}/list")]
    assert sorted(name for name in shown if unique in name) == names


def test_08_devices_are_listed_until_a_short_page(api: httpx.Client, service: RunningService, unique: str) -> None:
    names = [f"{unique}-{number}" for number in range(PER_PAGE + 1)]
    for name in names:
        introduce(service, json.dumps({"name": name}))
    shown = [device["identity_data"]["name"] for device in listed(api, DEVICES)]
    assert sorted(name for name in shown if unique in name) == names


def test_08_an_artifact_is_uploaded_directly(api: httpx.Client, unique: str) -> None:
    content = artifact(f"direct-{unique}")
    no_body = {"Content-Type": "application/json; charset=UTF-8"}
    invited = api.post(f"{ARTIFACTS}/directupload", headers=no_body).raise_for_status().json()
    headers = {"Content-Type": MEDIA_TYPE, **invited.get("header", {})}
    put = httpx.put(invited["uri"], content=content, headers=headers, timeout=30, trust_env=False)
    file = {"name": "message.txt", "checksum": "", "size": len(content), "date": "2026-03-11T12:58:00Z"}
    read_locally = {"size": len(content), "updates": [{"type_info": {"type": "single-file"}, "files": [file]}]}
    completed = api.post(f"{ARTIFACTS}/directupload/{invited['id']}/complete", json=read_locally)
    wait_for("the artifact", lambda: api.get(f"{ARTIFACTS}/{invited['id']}").is_success)
    assert put.status_code < 300
    assert completed.status_code <= 300
    assert api.get(f"{ARTIFACTS}/{invited['id']}").json()["name"] == f"direct-{unique}"


def test_08_an_artifact_is_downloaded(api: httpx.Client, user: ManagementClient, unique: str) -> None:
    content = artifact(f"kept-{unique}")
    artifact_id = user.upload(content, "")
    link = api.get(f"{ARTIFACTS}/{artifact_id}/download").raise_for_status().json()
    described = api.get(f"{ARTIFACTS}/{artifact_id}").raise_for_status().json()
    got = httpx.get(link["uri"], follow_redirects=True, timeout=30, trust_env=False)
    assert (got.status_code, got.content) == (httpx.codes.OK, content)
    assert got.headers["content-type"] == MEDIA_TYPE
    assert int(got.headers["content-length"]) == described["size"]
    assert got.headers["content-disposition"] == f'attachment; filename="kept-{unique}.mender"'
