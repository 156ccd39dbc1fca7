"""Dry runs through the native API: how a deployment would go, before it is made."""

from __future__ import annotations

from typing import Any

import pytest

from sluiceway.domain.projection import US_EAST_1
from sluiceway.usecases.groups import put_in_group
from tests.handlers.native.calls import DEPLOYMENTS, SETTINGS, Native, fields
from tests.support.app import NOW
from tests.support.seeds import SeededApp, enrol_device, expect, seeded_app
from tests.support.unchanged import nothing_changes
from tests.support.workflow_seeds import SITE, UNUSED

DRY_RUNS = "/dry-runs"
FOUR = {"devices": ["a", "b", "c", "d"]}
SOAKED = {"percent": 50, "gate": {"soak_seconds": 3600}}


def dry_run(native: Native, **members: object) -> dict[str, Any]:
    native.get(SETTINGS)  # from now on the use of the key is known
    with nothing_changes(native.app):
        shown: dict[str, Any] = expect(200, native.call("POST", DRY_RUNS, {"target": FOUR, **members})).json()
    return shown


def test_each_phase_says_how_many_devices_it_has_and_when_they_start(native: Native) -> None:
    shown = dry_run(native, plan={"phases": [SOAKED, {}]}, poll_every_seconds=60, install_seconds=120)
    assert [(phase["number"], phase["devices"]) for phase in shown["phases"]] == [(1, 2), (2, 2)]
    first, second = shown["phases"]
    assert first["opens_at"] == "2026-03-11T13:00:00.000Z"
    assert (first["first_start_at"], first["last_start_at"]) == ("2026-03-11T13:00:15.000Z", "2026-03-11T13:01:00.000Z")
    assert (first["ends_at"], first["passed_at"]) == ("2026-03-11T13:03:00.000Z", "2026-03-11T14:03:00.000Z")
    assert second["opens_at"] == first["passed_at"]
    assert (shown["devices"], shown["first_start_at"], shown["last_start_at"], shown["ends_at"]) == (
        4,
        first["first_start_at"],
        second["last_start_at"],
        second["ends_at"],
    )


def test_it_says_what_aws_would_count_and_charge(native: Native) -> None:
    one, four = dry_run(native, target={"devices": ["a"]}), dry_run(native)
    assert one["requests"]["write_units"] < four["requests"]["write_units"]
    assert 0 < one["cost_usd"] < four["cost_usd"]


def test_a_plan_that_ends_too_early_is_said_to_be_cut_short(native: Native) -> None:
    assert not dry_run(native)["is_cut_short"]
    assert dry_run(native, plan={"end": "2026-03-11T13:00:30Z"}, poll_every_seconds=60)["is_cut_short"]


@pytest.mark.parametrize("target", ["all", "group"])
@pytest.mark.parametrize("canary", [{"devices": 1}, {"percent": 0.01}])
def test_a_phase_has_as_many_devices_as_a_creation_would_give_it(target: str, canary: dict[str, float]) -> None:
    with seeded_app() as seeds:
        native = Native(seeds.app, seeds.program)
        for number in range(20, 26):
            device = enrol_device(seeds.app, seeds.workspace, number)
            put_in_group(seeds.app.service, seeds.workspace.id, device.id, seeds.group, NOW)
        wanted = {"all": {"all": True}, "group": {"group": seeds.group}}[target]
        plan = {"phases": [canary, {}]}
        made = native.add(DEPLOYMENTS, {"name": "x", "release": "app-2", "target": wanted, "plan": plan})
        shown = dry_run(native, target=wanted, plan=plan)["phases"]
        sizes = [1, made["target"]["devices"] - 1]
        assert [phase["devices"] for phase in made["phases"]] == [phase["devices"] for phase in shown] == sizes


@pytest.mark.parametrize("target", ["all", "group", "filter_id"])
def test_a_target_is_counted_as_a_creation_would(target: str) -> None:
    with seeded_app() as seeds:
        native = Native(seeds.app, seeds.program)
        wanted = {"all": True, "group": seeds.group, "filter_id": seeds.saved_filter}[target]
        made = native.add("/deployments", {"name": "x", "release": "app-2", "target": {target: wanted}})
        assert dry_run(native, target={target: wanted})["devices"] == made["target"]["devices"] > 0


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"target": {}}, "target"),
        ({"poll_every_seconds": 0}, "poll_every_seconds"),
        ({"install_seconds": 86_401}, "install_seconds"),
        ({"plan": {"phases": [{"percent": 20}] * 5}}, "plan.phases.4"),
        ({"plan": {"phases": [{"devices": 5}]}}, "plan.phases"),
        ({"name": "x"}, "name"),
    ],
)
def test_what_cannot_be_projected_is_400_and_names_the_member(
    native: Native, members: dict[str, Any], named: str
) -> None:
    assert fields(native.call("POST", DRY_RUNS, {"target": FOUR, **members})) == [named]


def test_no_more_devices_are_projected_than_the_plan_lets_in(native: Native) -> None:
    shown = dry_run(native, plan={"phases": [{"percent": 50}, {}], "most_devices": 3})
    assert [phase["devices"] for phase in shown["phases"]] == [2, 1]
    assert shown["devices"] == 3


def test_it_says_where_and_when_its_prices_hold_and_what_they_leave_out(native: Native) -> None:
    prices = dry_run(native)["prices"]
    assert (prices["region"], prices["as_of"]) == (US_EAST_1.region, US_EAST_1.as_of.isoformat())
    assert prices["leave_out"] == ["data-transfer", "storage", "logs"]


def device_with(slot: str, seeds: SeededApp) -> str:
    return seeds.configs.device if slot == "config" else seeds.workflows.device


SLOTS = pytest.mark.parametrize("slot", ["config", "workflow"])


@SLOTS
def test_what_is_pushed_goes_to_the_devices_that_have_such_a_slot(seeds: SeededApp, slot: str) -> None:
    native = Native(seeds.app, seeds.program)
    for target in ({"all": True}, {"devices": [device_with(slot, seeds)]}):
        shown = dry_run(native, slot=slot, target=target, install_seconds=60)
        (phase,) = shown["phases"]
        assert phase["devices"] == 1
        assert (phase["first_start_at"], phase["ends_at"]) == ("2026-03-11T13:00:00.000Z", "2026-03-11T13:01:00.000Z")
        assert shown["requests"]["api_gateway"] == 1


def test_a_workflow_is_projected_for_the_devices_that_have_one_of_some_tags(seeds: SeededApp) -> None:
    native = Native(seeds.app, seeds.program)
    named = dry_run(native, slot="workflow", target={"devices": [seeds.workflows.device]})
    tags = [{"key": "unknown"}, {"value": SITE.value}]
    assert dry_run(native, slot="workflow", target={"tags": tags}) == named


@pytest.mark.parametrize(
    "target",
    [
        {"tags": [{"key": "unknown"}]},
        {"tags": [{}]},
        {"tags": []},
        {"all": True, "tags": [{"key": SITE.key}]},
        {"devices": ["nobody"]},
        {"group": "lab"},
    ],
)
def test_a_target_is_refused_as_a_creation_refuses_it(seeds: SeededApp, target: dict[str, Any]) -> None:
    native, workflow = Native(seeds.app, seeds.program), {"slot": "workflow", "target": target}
    content = {"name": "x", "flow_id": seeds.workflows.flow, "version": UNUSED}
    projected, created = native.call("POST", DRY_RUNS, workflow), native.call("POST", DEPLOYMENTS, workflow | content)
    assert projected.json()["error"] == expect(400, created).json()["error"]


@pytest.mark.parametrize("slot", ["software", "config"])
def test_only_devices_of_workflows_have_tags(seeds: SeededApp, slot: str) -> None:
    native = Native(seeds.app, seeds.program)
    target = {"tags": [{"key": SITE.key}]}
    assert fields(native.call("POST", DRY_RUNS, {"slot": slot, "target": target})) == ["target.tags"]


@SLOTS
@pytest.mark.parametrize(
    ("target", "named"), [({"devices": ["nobody"]}, "target.devices"), ({"group": "lab"}, "target.group")]
)
def test_what_cannot_be_pushed_to_is_400(seeds: SeededApp, slot: str, target: dict[str, Any], named: str) -> None:
    native = Native(seeds.app, seeds.program)
    assert fields(native.call("POST", DRY_RUNS, {"slot": slot, "target": target})) == [named]


SATURDAYS = {"days": [5], "start": "10:00", "duration_seconds": 600}
BEFORE_SATURDAY = {"end": "2026-03-11T18:00:00Z", "windows": [SATURDAYS]}


@pytest.mark.parametrize(
    "plan", [{"withdraws_success": True}, {"deadlines": {"retrying_seconds": 60}}, BEFORE_SATURDAY]
)
def test_a_plan_is_refused_as_a_creation_refuses_it(seeds: SeededApp, plan: dict[str, Any]) -> None:
    native = Native(seeds.app, seeds.program)
    wanted = {"slot": "workflow", "target": {"devices": [seeds.workflows.device]}, "plan": plan}
    content = {"name": "x", "flow_id": seeds.workflows.flow, "version": UNUSED}
    projected, created = native.call("POST", DRY_RUNS, wanted), native.call("POST", DEPLOYMENTS, wanted | content)
    assert projected.json()["error"] == expect(400, created).json()["error"]


def test_windows_of_software_lie_where_a_device_is_and_those_of_what_is_pushed_in_utc(seeds: SeededApp) -> None:
    """In the east it is Saturday before it is in Greenwich."""
    native = Native(seeds.app, seeds.program)
    plan = {"end": "2026-03-14T08:00:00Z", "windows": [SATURDAYS]}
    dry_run(native, plan=plan)
    pushed = {"slot": "workflow", "target": {"devices": [seeds.workflows.device]}, "plan": plan}
    assert fields(native.call("POST", DRY_RUNS, pushed)) == ["plan.end"]
