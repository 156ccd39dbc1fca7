"""The device's side: what it is to run, where to download it, what it reports (contract 6.2, 9.10)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.handlers.losant.calls import UNKNOWN, Edge, Json, Losant, invalid, refusal
from tests.support.seeds import expect
from tests.support.unchanged import nothing_changes


@pytest.fixture(name="flow")
def _flow(losant: Losant) -> str:
    flow = losant.flow("Press monitor")
    losant.publish(flow, "v1", minimumAgentVersion="2.4.0")
    losant.publish(flow, "v2")
    return flow


@pytest.fixture(name="edge")
def _edge(losant: Losant, flow: str) -> Edge:
    device = losant.device()
    losant.release(flow, "v1", device)
    return losant.log_in(device)


def record_of(edge: Edge, flow: str) -> Json:
    return edge.program.record(edge.id, flow)


def test_9_10_poll_bundle_report_make_a_record_up_to_date(edge: Edge, flow: str) -> None:
    (wanted,) = edge.desired()
    record = record_of(edge, flow)
    assert wanted == {
        "edgeDeploymentId": record["id"],
        "flowId": flow,
        "flowName": "Press monitor",
        "desiredVersion": "v1",
        "desiredEtag": record["desiredEtag"],
        "currentVersion": None,
        "minimumAgentVersion": "2.4.0",
        "action": "install",
    }
    bundle = expect(200, edge.call("GET", f"/bundles/{flow.upper()}")).json()
    assert bundle == {
        "flowId": flow,
        "version": "v1",
        "etag": record["desiredEtag"],
        "sha256": record["desiredEtag"],
        "sizeBytes": bundle["sizeBytes"],
        "contentType": "application/json",
        "url": bundle["url"],
        "expiresAt": "2026-03-11T13:15:00.000Z",
    }
    assert record["desiredEtag"] in bundle["url"]
    assert edge.report({"flowId": flow.upper(), "version": "v1", "etag": bundle["etag"]}, agentVersion="2.4.1") == []
    record = record_of(edge, flow)
    assert (record["currentVersion"], record["currentEtag"]) == ("v1", bundle["etag"])
    entry = record["logs"][-1]
    assert (entry["changeType"], entry["sourceType"], entry["sourceId"]) == ("current", "device", edge.id)
    assert [each["action"] for each in edge.desired()] == ["none"]
    assert edge.program.get(f"/devices/{edge.id}")["edgeAgentVersion"] == "2.4.1"


def test_the_state_says_whose_it_is_and_when_to_ask_again(edge: Edge) -> None:
    shown = expect(200, edge.call("GET", "/desired")).json()
    assert set(shown) == {"applicationId", "deviceId", "pollIntervalSeconds", "deployments"}
    assert (shown["applicationId"], shown["deviceId"]) == (edge.program.application, edge.id)
    assert shown["pollIntervalSeconds"] == 60


@pytest.mark.parametrize("form", ["{tag}", "W/{tag}", '"x", {tag}', "*"])
def test_an_unchanged_poll_is_304_and_a_sign_of_life(edge: Edge, flow: str, form: str) -> None:
    tag = expect(200, edge.call("GET", "/desired")).headers["etag"]
    edge.program.app.pass_time(minutes=4)
    answer = expect(304, edge.call("GET", "/desired", **{"if-none-match": form.replace("{tag}", tag)}))
    assert (answer.body, answer.headers["etag"]) == (b"", tag)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert record_of(edge, flow)["deviceConnectionInfo"] == {"connected": 1, "time": "2026-03-11T13:04:00.000Z"}


def test_a_change_on_either_side_has_another_etag(edge: Edge, flow: str) -> None:
    def tag() -> str:
        return expect(200, edge.call("GET", "/desired", **{"if-none-match": seen[-1]})).headers["etag"]

    seen = ['"nothing"']
    seen.append(tag())
    edge.report({"flowId": flow, "version": "v1"})
    seen.append(tag())
    edge.program.release(flow, "v2", edge.id)
    seen.append(tag())
    assert len(set(seen)) == 4


def test_a_removal_is_told_confirmed_and_then_nothing(edge: Edge, flow: str) -> None:
    edge.report({"flowId": flow, "version": "v1"})
    edge.program.release(flow, None, edge.id)
    (wanted,) = edge.desired()
    assert (wanted["action"], wanted["desiredVersion"], wanted["currentVersion"]) == ("remove", None, "v1")
    assert "desiredEtag" not in wanted
    assert refusal(404, "NotFound", edge.call("GET", f"/bundles/{flow}")) == "Edge deployment was not found"
    edge.report({"flowId": flow, "version": None})
    assert edge.desired() == []
    assert record_of(edge, flow)["currentVersion"] is None


def test_9_10_an_error_leaves_current_alone_and_is_logged_once(edge: Edge, flow: str) -> None:
    edge.report({"flowId": flow, "version": "v1"})
    edge.program.release(flow, "v2", edge.id)
    failed = {"flowId": flow, "version": "v1", "attemptedVersion": "v2", "error": "e" * 2000}
    edge.report(failed)
    record = record_of(edge, flow)
    entry = record["logs"][-1]
    assert (record["currentVersion"], record["desiredVersion"]) == ("v1", "v2")
    assert (entry["previousValue"], entry["newValue"], entry["attemptedValue"]) == ("v1", "v1", "v2")
    assert entry["error"] == "e" * 1024
    with nothing_changes(edge.program.app):
        edge.report(failed)


def test_9_10_an_error_that_leaves_the_etag_out_leaves_the_known_one(edge: Edge, flow: str) -> None:
    etag = record_of(edge, flow)["desiredEtag"]
    edge.report({"flowId": flow, "version": "v1", "etag": etag})
    before = record_of(edge, flow)
    edge.report({"flowId": flow, "version": "v1", "attemptedVersion": "v2", "error": "no room"})
    record = record_of(edge, flow)

    assert (record["currentVersion"], record["currentEtag"]) == ("v1", etag)
    assert record["logs"][:-1] == before["logs"]


@pytest.mark.parametrize("error", [{}, {"error": None}, {"error": ""}])
def test_an_attempt_without_an_error_has_not_failed(edge: Edge, flow: str, error: Json) -> None:
    edge.report({"flowId": flow, "version": "v1", "attemptedVersion": "v1", **error})

    assert [entry for entry in record_of(edge, flow)["logs"] if "error" in entry] == []


def test_a_leftover_is_recorded_and_taken_off_and_an_unknown_flow_ignored(edge: Edge) -> None:
    other = edge.program.flow("other")
    assert edge.report({"flowId": other, "version": "old"}, {"flowId": UNKNOWN, "version": "x"}) == [UNKNOWN]
    (wanted,) = [each for each in edge.desired() if each["flowId"] == other]
    assert (wanted["action"], wanted["currentVersion"]) == ("remove", "old")


def test_a_full_report_clears_what_it_does_not_name(edge: Edge, flow: str) -> None:
    edge.report({"flowId": flow, "version": "v1"})
    edge.report()
    assert record_of(edge, flow)["currentVersion"] == "v1"
    edge.report(full=True)
    assert record_of(edge, flow)["currentVersion"] is None


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "deployments"),
        ({"deployments": None}, "deployments"),
        ({"deployments": [{"flowId": f"{number:024x}", "version": None} for number in range(101)]}, "deployments"),
        ({"deployments": ["x"]}, "deployments.0"),
        ({"deployments": [{"version": "v1"}]}, "deployments.0.flowId"),
        ({"deployments": [{"flowId": "x", "version": "v1"}]}, "deployments.0.flowId"),
        ({"deployments": [{"flowId": UNKNOWN}]}, "deployments.0.version"),
        ({"deployments": [{"flowId": UNKNOWN, "version": ""}]}, "deployments.0.version"),
        ({"deployments": [{"flowId": UNKNOWN, "version": 1}]}, "deployments.0.version"),
        ({"deployments": [{"flowId": UNKNOWN, "version": "v", "etag": "e" * 256}]}, "deployments.0.etag"),
        ({"deployments": [{"flowId": UNKNOWN, "version": "v", "error": 1}]}, "deployments.0.error"),
        ({"deployments": [{"flowId": UNKNOWN, "version": "v", "other": 1}]}, "deployments.0.other"),
        ({"deployments": [{"flowId": UNKNOWN, "version": "v"}] * 2}, "deployments.1.flowId"),
        ({"deployments": [], "full": "yes"}, "full"),
        ({"deployments": [], "agentVersion": "2.4"}, "agentVersion"),
        ({"deployments": [], "agentVersion": 2}, "agentVersion"),
        ({"deployments": [], "other": 1}, "other"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_report_that_is_none_is_400_and_named(edge: Edge, body: Json, named: str) -> None:
    edge.desired()
    with nothing_changes(edge.program.app):
        assert invalid(edge.call("POST", "/report", body)).startswith(f"{named}: ")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff"])
def test_a_report_without_an_object_is_400(edge: Edge, body: bytes) -> None:
    invalid(edge.call("POST", "/report", body))


CALLS: list[tuple[str, str, Any]] = [
    ("GET", "/desired", b""),
    ("GET", f"/bundles/{UNKNOWN}", b""),
    ("POST", "/report", {"deployments": []}),
]


@pytest.mark.parametrize(("method", "target", "body"), CALLS)
def test_a_device_asks_about_itself_only(edge: Edge, method: str, target: str, body: object) -> None:
    other = Edge(edge.program, edge.program.device("other"), edge.token)
    with nothing_changes(edge.program.app):
        for answer in (other.call(method, target, body), Edge(edge.program, "foo", edge.token).call(method, target)):
            assert refusal(404, "NotFound", answer) == "Device was not found"


@pytest.mark.parametrize(("method", "target", "body"), CALLS)
def test_a_device_of_another_class_has_no_such_calls(edge: Edge, method: str, target: str, body: object) -> None:
    edge.program.patch(f"/devices/{edge.id}", {"deviceClass": "gateway"})
    assert refusal(404, "NotFound", edge.call(method, target, body)) == "Device was not found"
