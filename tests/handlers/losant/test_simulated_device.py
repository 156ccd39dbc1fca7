"""A device that runs what it is told: it logs in, asks, downloads, verifies and reports (contract 5.1, 6.2, 9.10)."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator

import httpx
import pytest

from infra.local.simulated_workflow_device import SimulatedWorkflowDevice
from infra.local.workflow_device_client import Bundle, WorkflowDeviceClient
from sluiceway.artifacts.object_keys import workflow_key
from tests.handlers.losant.calls import Json, Losant
from tests.support.app_client import http_of

Standing = Callable[[], tuple[str | None, str | None]]


@pytest.fixture(name="http")
def _http(losant: Losant) -> Iterator[httpx.Client]:
    with http_of(losant.app) as http:
        yield http


@pytest.fixture(name="flow")
def _flow(losant: Losant) -> str:
    flow = losant.flow()
    losant.publish(flow, "v1", "v2")
    losant.publish(flow, "v3", minimumAgentVersion="2.10.0")
    return flow


@pytest.fixture(name="device")
def _device(losant: Losant) -> str:
    return losant.device()


@pytest.fixture(name="simulated")
def _simulated(losant: Losant, http: httpx.Client, device: str) -> SimulatedWorkflowDevice:
    key = losant.post("/keys", {"deviceIds": [device]})
    return SimulatedWorkflowDevice(WorkflowDeviceClient(http, device, key=key["key"], secret=key["secret"]))


@pytest.fixture(name="standing")
def _standing(losant: Losant, device: str, flow: str) -> Standing:
    """What is wanted on the device and what runs there."""

    def read() -> tuple[str | None, str | None]:
        record = losant.record(device, flow)
        return record["desiredVersion"], record["currentVersion"]

    return read


def versions(simulated: SimulatedWorkflowDevice) -> dict[str, str]:
    return {flow: bundle.version for flow, bundle in simulated.running.items()}


def tampered(losant: Losant, record: Json) -> None:
    """Exchange the bytes of what a record wants."""
    key = workflow_key(losant.workspace, record["desiredEtag"])
    losant.app.objects.put(key, io.BytesIO(b'{"minimumAgentVersion": null}'), content_type="application/json")


def test_a_release_reaches_the_device_by_a_download_and_then_nothing_is_to_be_done(
    losant: Losant, simulated: SimulatedWorkflowDevice, device: str, flow: str
) -> None:
    losant.release(flow, "v1", device)
    assert simulated.sync()
    record = losant.record(device, flow)
    assert (record["currentVersion"], record["currentEtag"]) == ("v1", record["desiredEtag"])
    document = json.loads(simulated.running[flow].content)
    assert (document["flowId"], document["version"], document["nodes"]) == (flow, "v1", [{"type": "v1"}])
    assert losant.get(f"/devices/{device}")["edgeAgentVersion"] == "2.4.0"
    assert not simulated.sync()


def test_a_poll_after_an_unchanged_one_says_what_was_seen(
    losant: Losant, simulated: SimulatedWorkflowDevice, device: str, flow: str
) -> None:
    losant.release(flow, "v1", device)
    wanted = simulated.client.desired()
    assert wanted
    assert [each["action"] for each in wanted] == ["install"]
    assert simulated.client.desired() is None
    losant.release(flow, "v2", device)
    assert simulated.client.desired()


def test_a_removal_takes_a_workflow_off(
    losant: Losant, simulated: SimulatedWorkflowDevice, device: str, flow: str, standing: Standing
) -> None:
    losant.release(flow, "v1", device)
    simulated.sync()
    losant.release(flow, None, device)
    assert standing() == (None, "v1")
    assert simulated.sync()
    assert (simulated.running, standing()) == ({}, (None, None))
    assert not simulated.sync()


def test_a_device_that_is_too_old_says_so_once_and_keeps_what_it_runs_until_it_is_newer(
    losant: Losant, simulated: SimulatedWorkflowDevice, device: str, flow: str, standing: Standing
) -> None:
    losant.release(flow, "v1", device)
    simulated.sync()
    losant.release(flow, "v3", device)
    simulated.sync()
    assert (versions(simulated), standing()) == ({flow: "v1"}, ("v3", "v1"))
    *_, former, entry = losant.record(device, flow)["logs"]
    assert "error" not in former
    assert (entry["attemptedValue"], entry["error"]) == ("v3", "needs runtime 2.10.0, have 2.4.0")
    simulated.agent_version = "2.10.0"
    simulated.start()
    simulated.sync()
    assert (versions(simulated), standing()) == ({flow: "v3"}, ("v3", "v3"))


def test_what_failed_is_tried_again_after_ever_more_cycles_and_what_else_is_wanted_at_once(
    losant: Losant, simulated: SimulatedWorkflowDevice, device: str, flow: str, standing: Standing
) -> None:
    losant.release(flow, "v3", device)
    assert [simulated.sync() for _ in range(12)] == [number in {0, 2, 5, 10} for number in range(12)]
    assert len(losant.record(device, flow)["logs"]) == 2
    losant.release(flow, "v2", device)
    assert simulated.sync()
    assert standing() == ("v2", "v2")


def test_what_is_withdrawn_between_poll_and_download_is_no_error_and_loses_no_report_of_others(
    losant: Losant, simulated: SimulatedWorkflowDevice, device: str, flow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, download = losant.flow("other"), simulated.client.bundle
    losant.publish(other, "7")
    losant.release(flow, "v1", device)
    losant.release(other, "7", device)

    def bundle(flow_id: str) -> Bundle:
        if flow_id == flow:
            losant.release(flow, None, device)
        return download(flow_id)

    monkeypatch.setattr(simulated.client, "bundle", bundle)
    simulated.sync()
    assert (versions(simulated), losant.record(device, other)["currentVersion"]) == ({other: "7"}, "7")
    assert [entry for entry in losant.record(device, flow)["logs"] if "error" in entry] == []
    assert not simulated.sync()


def test_a_bundle_with_another_digest_never_runs(
    losant: Losant, simulated: SimulatedWorkflowDevice, device: str, flow: str
) -> None:
    losant.release(flow, "v1", device)
    tampered(losant, losant.record(device, flow))
    simulated.sync()
    record = losant.record(device, flow)
    assert (simulated.running, record["currentVersion"]) == ({}, None)
    assert "SHA-256" in record["logs"][-1]["error"]


def test_a_device_that_starts_says_everything_that_it_runs(
    losant: Losant, simulated: SimulatedWorkflowDevice, device: str, flow: str, standing: Standing
) -> None:
    losant.release(flow, "v1", device)
    simulated.sync()
    simulated.start()
    assert standing() == ("v1", "v1")
    simulated.running.clear()
    simulated.start()
    assert standing() == ("v1", None)
    simulated.sync()
    assert (versions(simulated), standing()) == ({flow: "v1"}, ("v1", "v1"))


def test_a_token_that_ended_is_exchanged_and_a_key_that_is_gone_is_not(
    losant: Losant, simulated: SimulatedWorkflowDevice
) -> None:
    assert not simulated.sync()
    losant.app.pass_time(days=2)
    assert not simulated.sync()
    (key,) = losant.get("/keys")["items"]
    losant.delete(f"/keys/{key['id']}")
    with pytest.raises(httpx.HTTPStatusError, match="401"):
        simulated.sync()
