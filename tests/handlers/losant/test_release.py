"""Releasing, removing and replacing versions (contract 2.3-2.5, 4.2-4.6, 9)."""

from __future__ import annotations

import pytest

from tests.handlers.losant.calls import RELEASE, REMOVE, REPLACE, UNKNOWN, Json, Losant, invalid, refusal
from tests.support.unchanged import nothing_changes


@pytest.fixture(name="flow")
def _flow(losant: Losant) -> str:
    flow = losant.flow()
    losant.publish(flow, "v1", "v2")
    return flow


@pytest.fixture(name="device")
def _device(losant: Losant) -> str:
    return losant.device()


def wanted(losant: Losant) -> dict[str, str | None]:
    """What is wanted, by device."""
    return {record["deviceId"]: record["desiredVersion"] for record in losant.records()}


def test_9_2_the_same_release_again_changes_nothing(losant: Losant, flow: str, device: str) -> None:
    losant.release(flow, "v1", device)
    losant.app.pass_time(minutes=1)
    with nothing_changes(losant.app):
        losant.release(flow, "v1", device)
        losant.release(flow.upper(), "v1", device.upper(), device)


def test_devices_of_ids_and_of_tags_add_up_and_others_of_the_tag_are_passed_over(losant: Losant, flow: str) -> None:
    named, tagged = losant.device("a"), losant.device("b", tags=[{"key": "site", "value": "lab"}])
    valued = losant.device("c", tags=[{"key": "retired", "value": "yes"}])
    losant.device("d", "gateway", tags=[{"key": "site", "value": "lab"}])
    losant.device("e", tags=[{"key": "site", "value": "field"}])
    tags = [{"key": "site", "value": "lab"}, {"value": "yes"}]
    losant.post(RELEASE, {"flowId": flow, "version": "v1", "deviceIds": [named], "deviceTags": tags})
    assert wanted(losant) == {named: "v1", tagged: "v1", valued: "v1"}


def test_a_flow_or_version_that_is_not_enabled_is_released_all_the_same(losant: Losant, device: str) -> None:
    flow = losant.flow(enabled=False)
    losant.publish(flow, "v1", enabled=False)
    losant.release(flow, "v1", device)
    assert losant.record(device, flow)["desiredVersion"] == "v1"


def test_a_record_shows_the_present_names(losant: Losant, flow: str, device: str) -> None:
    losant.release(flow, "v1", device)
    losant.patch(f"/flows/{flow}", {"name": "renamed flow"})
    losant.patch(f"/devices/{device}", {"name": "renamed device"})
    record = losant.record(device, flow)
    assert (record["flowName"], record["deviceName"]) == ("renamed flow", "renamed device")


def test_a_tag_that_nobody_has_is_a_success_without_effect(losant: Losant, flow: str) -> None:
    losant.post(RELEASE, {"flowId": flow, "version": "v1", "deviceTags": [{"key": "nobody"}]})
    assert losant.records() == []


def test_several_flows_go_out_in_one_release(losant: Losant, flow: str, device: str) -> None:
    other = losant.flow("other")
    losant.publish(other, "x")
    losant.release(other, "x", device)
    entries = [{"flowId": flow, "version": "v2"}, {"flowId": other, "version": None}]
    assert losant.post(RELEASE, {"deployments": entries, "deviceIds": [device]}) == {"success": True}
    assert losant.record(device, flow)["desiredVersion"] == "v2"
    assert losant.record(device, other)["desiredVersion"] is None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"version": ""}, "version"),
        ({"version": ...}, "version"),
        ({"version": 1}, "version"),
        ({"version": "v" * 256}, "version"),
        ({"version": "develop"}, "version"),
        ({"version": "default"}, "version"),
        ({"flowId": None}, "flowId"),
        ({"flowId": ...}, "flowId"),
        ({"flowId": "foo"}, "flowId"),
        ({"unknown": 1}, "unknown"),
        ({"deviceIds": ["foo"]}, "deviceIds.0"),
        ({"deviceIds": [UNKNOWN] * 1001}, "deviceIds"),
        ({"deviceIds": None}, "deviceIds"),
        ({"deviceIds": []}, "deviceIds"),
        ({"deviceIds": ...}, "deviceIds"),
        ({"deviceTags": [{"key": "site"}] * 101}, "deviceTags"),
        ({"deviceTags": [{}]}, "deviceTags"),
        ({"deviceTags": [{"key": "a b"}]}, "deviceTags.0.key"),
        ({"deviceTags": [{"key": "site", "other": 1}]}, "deviceTags.0.other"),
        ({"deviceQuery": {"name": "x"}}, "deviceQuery"),
        ({"deployments": []}, "deployments"),
    ],
    ids=str,
)
def test_9_3_a_release_that_is_none_is_400_names_the_member_and_changes_nothing(
    losant: Losant, flow: str, device: str, change: Json, named: str
) -> None:
    body = {"flowId": flow, "version": "v1", "deviceIds": [device], **change}
    with nothing_changes(losant.app):
        message = invalid(losant.call("POST", RELEASE, {name: part for name, part in body.items() if part is not ...}))
    assert named in message


@pytest.mark.parametrize(
    "entries",
    [
        [{"flowId": UNKNOWN, "version": "v"}] * 2,
        [{"flowId": UNKNOWN}],
        [{"flowId": UNKNOWN, "version": "v", "deviceIds": []}],
        [{"flowId": f"{number:024x}", "version": None} for number in range(26)],
    ],
    ids=["a flow twice", "no version", "a member of the release", "too many"],
)
def test_a_release_of_several_flows_that_is_none_is_400(losant: Losant, device: str, entries: list[Json]) -> None:
    with nothing_changes(losant.app):
        assert "deployments" in invalid(losant.call("POST", RELEASE, {"deployments": entries, "deviceIds": [device]}))


@pytest.mark.parametrize("target", [RELEASE, REMOVE, REPLACE])
@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[]", b"{", b"\xff", b'"x"'])
def test_a_body_that_is_missing_or_none_is_400(losant: Losant, target: str, body: bytes) -> None:
    invalid(losant.call("POST", target, body))


def test_9_4_unknown_devices_are_404_listed_and_change_nothing_for_the_others(
    losant: Losant, flow: str, device: str
) -> None:
    body = {"flowId": flow, "version": "v1", "deviceIds": [device, UNKNOWN]}
    with nothing_changes(losant.app):
        answer = losant.call("POST", RELEASE, body)
    assert refusal(404, "NotFound", answer) == "Device was not found"
    (offence,) = answer.json()["validationErrors"]
    assert offence == {"type": "Device", "id": UNKNOWN, "message": "no such device in this application"}


def test_devices_of_another_class_are_400_and_listed(losant: Losant, flow: str) -> None:
    other = losant.device("camera", "gateway")
    with nothing_changes(losant.app):
        answer = losant.call("POST", RELEASE, {"flowId": flow, "version": "v1", "deviceIds": [other]})
    assert "edgeCompute" in invalid(answer)
    (offence,) = answer.json()["validationErrors"]
    assert (offence["type"], offence["id"], offence["name"]) == ("Device", other, "camera")


def test_9_4_an_unknown_flow_or_version_is_404(losant: Losant, flow: str, device: str) -> None:
    answer = losant.call("POST", RELEASE, {"flowId": UNKNOWN, "version": "v1", "deviceIds": [device]})
    assert refusal(404, "NotFound", answer) == "Flow was not found"
    answer = losant.call("POST", RELEASE, {"flowId": flow, "version": "V1", "deviceIds": [device]})
    assert refusal(404, "NotFound", answer) == "Flow version was not found"
    assert answer.json()["validationErrors"][0]["name"] == "V1"


def test_a_flow_of_another_class_goes_on_no_device(losant: Losant, device: str) -> None:
    cloud = losant.flow("cloud", "cloud")
    losant.publish(cloud, "v1")
    assert "edge" in invalid(losant.call("POST", RELEASE, {"flowId": cloud, "version": "v1", "deviceIds": [device]}))


@pytest.mark.parametrize(("names_flow", "names_device"), [(True, True), (True, False), (False, True)])
def test_a_removal_has_three_forms(losant: Losant, flow: str, *, names_flow: bool, names_device: bool) -> None:
    other = losant.flow("other")
    losant.publish(other, "v1")
    devices = [losant.device("a"), losant.device("b")]
    for each in (flow, other):
        losant.release(each, "v1", *devices)
    body = {"flowId": flow if names_flow else None, "deviceId": devices[0] if names_device else None}
    assert losant.post(REMOVE, body) == {"success": True}
    removed = {(record["flowId"], record["deviceId"]) for record in losant.records() if not record["desiredVersion"]}
    flows = [flow] if names_flow else [flow, other]
    assert removed == {(each, device) for each in flows for device in (devices[:1] if names_device else devices)}
    with nothing_changes(losant.app):
        losant.post(REMOVE, body)


@pytest.mark.parametrize(
    "body",
    [
        {"flowId": None, "deviceId": None},
        {"flowId": UNKNOWN},
        {"deviceId": UNKNOWN},
        {"flowId": "x", "deviceId": None},
        {"flowId": UNKNOWN, "deviceId": None, "version": "v1"},
    ],
    ids=str,
)
def test_9_3_a_removal_of_everything_or_of_nothing_is_400(losant: Losant, body: Json) -> None:
    invalid(losant.call("POST", REMOVE, body))


@pytest.mark.parametrize(("flow", "device", "word"), [(UNKNOWN, None, "Flow"), (None, UNKNOWN, "Device")])
def test_removing_what_is_not_there_is_404(losant: Losant, flow: str | None, device: str | None, word: str) -> None:
    answer = losant.call("POST", REMOVE, {"flowId": flow, "deviceId": device})
    assert refusal(404, "NotFound", answer) == f"{word} was not found"


def test_9_7_replacing_redirects_who_waits_and_leaves_another_wish_alone(losant: Losant, flow: str) -> None:
    losant.publish(flow, "v3")
    waits, elsewhere, gone = (losant.device(name) for name in "abc")
    losant.release(flow, "v1", waits, gone)
    losant.release(flow, "v2", elsewhere)
    losant.release(flow, None, gone)
    body = {"flowId": flow, "oldVersion": "v1", "newVersion": "v3"}
    assert losant.post(REPLACE, body) == {"success": True}
    assert wanted(losant) == {waits: "v3", elsewhere: "v2", gone: None}
    assert losant.post(REPLACE, {**body, "oldVersion": "v3", "newVersion": None}) == {"success": True}
    assert wanted(losant)[waits] is None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"oldVersion": None}, "oldVersion"),
        ({"oldVersion": ""}, "oldVersion"),
        ({"newVersion": ""}, "newVersion"),
        ({"newVersion": "develop"}, "newVersion"),
        ({"flowId": None}, "flowId"),
        ({"deviceIds": []}, "deviceIds"),
    ],
    ids=str,
)
def test_a_replacement_that_is_none_is_400(losant: Losant, flow: str, change: Json, named: str) -> None:
    body = {"flowId": flow, "oldVersion": "v1", "newVersion": "v2", **change}
    assert named in invalid(losant.call("POST", REPLACE, body))


def test_a_replacement_needs_a_version_that_exists_and_the_old_one_need_not(losant: Losant, flow: str) -> None:
    losant.post(REPLACE, {"flowId": flow, "oldVersion": "never there", "newVersion": "v1"})
    answer = losant.call("POST", REPLACE, {"flowId": flow, "oldVersion": "v1", "newVersion": "v9"})
    assert refusal(404, "NotFound", answer) == "Flow version was not found"
