"""Device ids are whatever callers say, on every path that has one (mender contract 1.5, 16.11)."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.handlers.mender.calls import ZEROS, Management, error_of
from tests.support.seeds import DEVAUTH, expect
from tests.support.unchanged import nothing_changes

IDS = ("d-100", "ten letters", "a#b", "100%", "%41", "d\u00fcsseldorf", "\U0001f600", "x" * 256)


@pytest.mark.parametrize("device_id", IDS)
def test_11_decision_22_an_id_that_is_no_uuid_works_wherever_a_device_is_named(
    management: Management, device_id: str
) -> None:
    named, deployment = quote(device_id, safe=""), management.deploy(device_id)
    history = expect(200, management.call("GET", f"/devices/{named}")).json()
    assert [each["device"]["id"] for each in history] == [device_id]
    assert expect(200, management.call("GET", f"/{deployment}/device_list")).json() == [device_id]
    listed = expect(200, management.call("GET", f"/{deployment}/devices/list")).json()
    assert [each["id"] for each in listed] == [device_id]
    assert error_of(404, management.log(deployment, named)) == "Resource not found"
    expect(204, management.call("DELETE", f"/devices/{named}"))
    assert management.statuses(deployment) == {device_id: "decommissioned"}
    assert management.statistics(deployment) == {**ZEROS, "decommissioned": 1}


@pytest.mark.parametrize("device_id", ["a/b", "/", "x" * 257, "\u00fc" * 129, "#" * 86])
def test_an_id_that_no_path_or_no_device_can_have_is_400_and_names_the_member(
    management: Management, device_id: str
) -> None:
    body = {"name": "spring rollout", "artifact_name": "app-2", "devices": ["d-100", device_id]}
    with nothing_changes(management.app):
        text = error_of(400, management.call("POST", "", body))
    assert text.startswith("Validating request body: devices.1: ")
    assert ('no "/"' if "/" in device_id else "1 to 256 bytes") in text


@pytest.mark.parametrize("device_id", IDS)
def test_11_decision_22_an_unknown_device_is_404_whatever_its_id(management: Management, device_id: str) -> None:
    named, token = quote(device_id, safe=""), management.workspace.token
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/auth/x/status"), ("DELETE", "/auth/x")):
        error_of(404, management.app.call(method, f"{DEVAUTH}/devices/{named}{path}", token=token))
