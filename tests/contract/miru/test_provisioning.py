"""The calls of the vendor's provisioning script, made as it makes them, with curl (contract 10.3)."""

from __future__ import annotations

import json
import subprocess
from typing import NamedTuple

import pytest

from tests.contract.driver import Json
from tests.contract.miru.catalogue import Catalogue
from tests.support.genuine import require_program
from tests.support.service import RunningService

pytestmark = pytest.mark.genuine

TETONS = ("-H", "Miru-Version: 2026-03-09.tetons")
JSON = ("-H", "Content-Type: application/json")


class Answer(NamedTuple):
    status: int
    body: Json


def curl(service: RunningService, path: str, *arguments: str) -> Answer:
    """What curl gets. A body without a type goes out as a form's."""
    api = service.credentials["miru"]
    command = [require_program("curl"), "-s", "-w", "\n%{http_code}", "-H", f"X-API-Key: {api['api_key']}"]
    printed = subprocess.run(
        [*command, *arguments, f"{api['url']}/v1{path}"], capture_output=True, text=True, check=True, timeout=30
    ).stdout
    body, _, status = printed.rpartition("\n")
    return Answer(int(status), json.loads(body))


@pytest.mark.parametrize("version", [TETONS, ()], ids=["v0.8", "v0.6.1"])
def test_10_3_a_device_is_made_and_gets_an_activation_token(
    service: RunningService, unique: str, version: tuple[str, ...]
) -> None:
    body = json.dumps({"name": f"cart-{unique}"})
    made = curl(service, "/devices", *version, *JSON, "-d", body)
    reactivation = json.dumps({"allow_reactivation": False})
    issued = curl(service, f"/devices/{made.body['id']}/activation_token", *version, "-d", reactivation)
    assert (made.status, issued.status) == (200, 200)
    assert len(issued.body["token"].split(".")) == 3


@pytest.mark.parametrize("version", [TETONS, ()], ids=["v0.8", "v0.6.1"])
def test_10_3_a_device_that_is_there_is_found_by_its_name(
    service: RunningService, catalogue: Catalogue, version: tuple[str, ...]
) -> None:
    taken = curl(service, "/devices", *version, *JSON, "-d", json.dumps({"name": catalogue.device_name}))
    found = curl(service, f"/devices?name={catalogue.device_name}", *version)
    assert (taken.status, found.status) == (409, 200)
    assert [device["id"] for device in found.body["data"]] == [catalogue.device]
