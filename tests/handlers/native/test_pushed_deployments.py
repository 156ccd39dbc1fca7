"""Configuration and workflows under a plan, through the native API."""

from __future__ import annotations

from typing import Any

import pytest

from sluiceway.usecases.config_channel import DEVICE_FAILED, NO_VERDICT_IN_TIME, VALIDATION_FAILED
from tests.handlers.native.calls import DEPLOYMENTS, Native, fields, refusal
from tests.support.app import NOW, Answer
from tests.support.executions import advance
from tests.support.seeds import MANAGEMENT, SeededApp, expect
from tests.support.unchanged import nothing_changes
from tests.support.workflow_seeds import SITE, UNUSED

KINDS = ["config", "workflow"]


@pytest.fixture(name="native")
def _native(seeds: SeededApp) -> Native:
    return Native(seeds.app, seeds.program)


def body_of(kind: str, seeds: SeededApp) -> dict[str, Any]:
    """A deployment to the one device that has such a slot."""
    if kind == "config":
        content = {"release_id": seeds.configs.unused, "instance_ids": [seeds.configs.instance]}
        return {"name": "wave", "slot": kind, **content, "target": {"devices": [seeds.configs.device]}}
    content = {"flow_id": seeds.workflows.flow, "version": UNUSED}
    return {"name": "wave", "slot": kind, **content, "target": {"devices": [seeds.workflows.device]}}


def device_of(body: dict[str, Any]) -> str:
    return str(body["target"]["devices"][0])


def mender(seeds: SeededApp, method: str, target: str, body: object = b"") -> Answer:
    return seeds.app.call(method, f"{MANAGEMENT}/deployments{target}", body, token=seeds.workspace.token)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_shown_with_its_slot_its_content_and_its_plan(seeds: SeededApp, native: Native, kind: str) -> None:
    wanted = body_of(kind, seeds)
    made = native.add(DEPLOYMENTS, {**wanted, "plan": {"phases": [{"gate": {"needs_approval": True}}]}})
    content = {name: wanted.get(name) for name in ("slot", "release_id", "instance_ids", "flow_id", "version")}
    assert {name: made[name] for name in content} == content
    assert (made["release"], made["status"], made["statistics"]["pending"]) == (None, "pending", 1)
    assert made["plan"]["phases"][0]["gate"]["needs_approval"] is True
    assert native.get(f"{DEPLOYMENTS}/{made['id']}") == made
    assert made["id"] in {each["id"] for each in native.get(DEPLOYMENTS)}


@pytest.mark.parametrize("kind", KINDS)
def test_phases_are_not_moved_behind_the_last_window_in_utc(seeds: SeededApp, native: Native, kind: str) -> None:
    windows = [{"days": [0], "start": "03:00", "duration_seconds": 3600}]
    plan = {"windows": windows, "end": "2026-03-17T00:00:00Z", "phases": [{"start": "2026-03-12T00:00:00Z"}]}
    made = native.add(DEPLOYMENTS, {**body_of(kind, seeds), "plan": plan})
    moved = {"phases": [{"start": "2026-03-16T05:00:00Z"}]}
    assert fields(native.call("PATCH", f"{DEPLOYMENTS}/{made['id']}/plan", moved)) == ["end"]


@pytest.mark.parametrize("kind", KINDS)
def test_all_are_the_devices_that_have_such_a_slot(seeds: SeededApp, native: Native, kind: str) -> None:
    made = native.add(DEPLOYMENTS, {**body_of(kind, seeds), "target": {"all": True}})
    assert made["target"]["devices"] == 1


def test_a_workflow_goes_to_the_devices_that_have_one_of_some_tags(seeds: SeededApp, native: Native) -> None:
    def call(*tags: dict[str, str]) -> Answer:
        return native.call("POST", DEPLOYMENTS, {**body_of("workflow", seeds), "target": {"tags": [*tags]}})

    refusal(400, "invalid_request", call({"key": SITE.key, "value": "plant"}))
    made = expect(201, call({"key": "unknown"}, {"value": SITE.value})).json()
    assert (made["target"]["devices"], made["statistics"]["pending"]) == (1, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_an_equal_one_is_refused_until_the_first_has_ended(seeds: SeededApp, native: Native, kind: str) -> None:
    body = body_of(kind, seeds)
    made = native.add(DEPLOYMENTS, body)
    again = native.call("POST", DEPLOYMENTS, {**body, "plan": {"priority": 1}})
    assert refusal(409, "duplicate_deployment", again) == {"deployment_id": made["id"]}
    other = native.add(DEPLOYMENTS, {**body, "name": "another wave"})
    assert other["id"] != made["id"]
    expect(200, native.call("POST", f"{DEPLOYMENTS}/{made['id']}/abort"))
    assert native.add(DEPLOYMENTS, body)["id"] != made["id"]


@pytest.mark.parametrize("kind", KINDS)
def test_its_devices_are_explained(seeds: SeededApp, native: Native, kind: str) -> None:
    wanted = body_of(kind, seeds)
    made = native.add(DEPLOYMENTS, {**wanted, "plan": {"start": "2026-06-01T00:00:00.000Z"}})
    told = native.get(f"{DEPLOYMENTS}/{made['id']}/devices/{device_of(wanted)}/explain")
    assert (told["status"], told["blocked_by"]) == ("pending", "not-started")
    refusal(404, "not_found", native.call("GET", f"{DEPLOYMENTS}/{made['id']}/devices/nobody/explain"))


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_rolled_back_by_another_one_over_the_same_slot(seeds: SeededApp, native: Native, kind: str) -> None:
    made = native.add(DEPLOYMENTS, body_of(kind, seeds))
    advance(seeds.app.service, seeds.workspace.id, made["id"], NOW)
    undoing = expect(201, native.call("POST", f"{DEPLOYMENTS}/{made['id']}/roll-back")).json()
    assert (undoing["slot"], undoing["rolls_back"], undoing["target"]["devices"]) == (kind, made["id"], 1)


@pytest.mark.parametrize("kind", KINDS)
def test_on_the_mender_surface_it_does_not_exist(seeds: SeededApp, native: Native, kind: str) -> None:
    listed = mender(seeds, "GET", "").json()
    made = native.add(DEPLOYMENTS, body_of(kind, seeds))["id"]
    for part in ("", "/statistics", "/devices", "/devices/list", "/device_list"):
        assert mender(seeds, "GET", f"/{made}{part}").status == 404, part
    assert mender(seeds, "PUT", f"/{made}/status", {"status": "aborted"}).status == 404
    assert mender(seeds, "POST", "/statistics/list", {"deployment_ids": [made]}).status == 404
    assert mender(seeds, "GET", "").json() == listed
    assert native.get(f"{DEPLOYMENTS}/{made}")["is_aborted"] is False


FOREIGN = "65f0c0c0c0c0c0c0c0c0c0c0"


@pytest.mark.parametrize(
    ("kind", "changed", "named"),
    [
        ("config", {"release": "app-2"}, "release"),
        ("config", {"release_id": None}, "release_id"),
        ("config", {"instance_ids": []}, "instance_ids"),
        ("config", {"flow_id": FOREIGN}, "flow_id"),
        ("config", {"force": True}, "force"),
        ("config", {"target": {"group": "lab"}}, "target.group"),
        ("config", {"target": {"tags": [{"key": "site"}]}}, "target.tags"),
        ("config", {"plan": {"withdraws_success": True}}, "plan.withdraws_success"),
        ("config", {"target": {"devices": ["dvc_unknown"]}}, "target.devices"),
        ("config", {"plan": {"deadlines": {"retrying_seconds": 60}}}, "plan.deadlines.retrying_seconds"),
        ("workflow", {"target": {"devices": [FOREIGN]}}, "target.devices"),
        ("workflow", {"flow_id": FOREIGN}, "flow_id"),
        ("workflow", {"version": "v99"}, "version"),
        ("workflow", {"release_id": "x"}, "release_id"),
        ("workflow", {"target": {"filter_id": "x"}}, "target.filter_id"),
        ("workflow", {"target": {"group": "lab"}}, "target.group"),
        ("workflow", {"target": {"tags": [{}]}}, "target.tags.0"),
        ("workflow", {"target": {"all": True, "tags": [{"key": "site"}]}}, "target"),
        ("software", {}, "release"),
    ],
)
def test_what_does_not_belong_to_the_slot_is_named(
    seeds: SeededApp, native: Native, kind: str, changed: dict[str, Any], named: str
) -> None:
    body = {**body_of(kind, seeds), "slot": kind, **changed}
    with nothing_changes(seeds.app):
        assert named in fields(native.call("POST", DEPLOYMENTS, body))


@pytest.mark.parametrize(
    ("kind", "changed", "told"),
    [
        (
            "config",
            {"release_id": "rls_unknown"},
            "release_id: there is no config release rls_unknown in the workspace: name one that exists",
        ),
        (
            "config",
            {"instance_ids": ["cfg_inst_unknown"]},
            "instance_ids: there is no config instance cfg_inst_unknown in the workspace: name one that exists",
        ),
        (
            "config",
            {"target": {"devices": ["dvc_unknown"]}},
            "target.devices: there is no device dvc_unknown in the workspace: name one that has this slot",
        ),
        (
            "workflow",
            {"flow_id": FOREIGN},
            f"flow_id: there is no workflow {FOREIGN} in the workspace: name one that exists",
        ),
        (
            "workflow",
            {"target": {"devices": [FOREIGN]}},
            f"target.devices: there is no device {FOREIGN} in the workspace: name one that has this slot",
        ),
        ("workflow", {"version": "develop"}, "version: must not be develop, which is a reserved name"),
    ],
)
def test_a_reference_that_is_refused_is_told_with_its_member_and_what_to_do(
    seeds: SeededApp, native: Native, kind: str, changed: dict[str, Any], told: str
) -> None:
    (fault,) = faults(native, seeds, kind, changed)
    assert f"{fault['field']}: {fault['problem']}" == told


def faults(native: Native, seeds: SeededApp, kind: str, changed: dict[str, Any]) -> list[dict[str, str]]:
    """What is wrong with the members of a creation that is refused, which its message tells too."""
    body = {**body_of(kind, seeds), **changed}
    with nothing_changes(seeds.app):
        answer = native.call("POST", DEPLOYMENTS, body)
    told: list[dict[str, str]] = refusal(400, "invalid_request", answer)["fields"]
    assert all(f"{each['field']}: {each['problem']}" in answer.json()["error"]["message"] for each in told)
    return told


def test_a_version_that_a_workflow_does_not_have_is_told_by_its_name(seeds: SeededApp, native: Native) -> None:
    told = f"the workflow {seeds.workflows.flow} has no version v99: name one that it has, or null for none"
    assert faults(native, seeds, "workflow", {"version": "v99"}) == [{"field": "version", "problem": told}]


def test_an_instance_too_many_is_told_with_its_schema(seeds: SeededApp, native: Native) -> None:
    instance = seeds.configs.instance
    (fault,) = faults(native, seeds, "config", {"instance_ids": [instance, instance]})
    assert fault["field"] == "instance_ids"
    assert fault["problem"].startswith("keep one instance of the config schema cfg_sch_")


@pytest.mark.parametrize("kind", KINDS)
def test_of_many_unknown_devices_the_first_are_told(seeds: SeededApp, native: Native, kind: str) -> None:
    unknown = [f"{number:024x}" for number in range(30)]
    told = faults(native, seeds, kind, {"target": {"devices": unknown}})
    assert [each["field"] for each in told] == ["target.devices"] * 10


def test_the_codes_of_failures_of_configuration_are_in_the_document(seeds: SeededApp) -> None:
    document = seeds.app.call("GET", "/docs/native/openapi.json").text
    codes = (DEVICE_FAILED, VALIDATION_FAILED, NO_VERDICT_IN_TIME)
    assert [code for code in codes if f"`{code}`" not in document] == []
