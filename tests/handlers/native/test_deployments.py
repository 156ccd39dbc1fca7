"""Deployments under a plan, through the native API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from native._wire_plans import PlanBody
from sluiceway.usecases import change_plan
from sluiceway.usecases.advance_rollout import advance_rollout
from sluiceway.usecases.deployments import Progress, load
from sluiceway.usecases.execution_waits import begin_wait
from sluiceway.usecases.service import Service
from tests.handlers.native.calls import DEPLOYMENTS, Native, fields, refusal
from tests.support.app import NOW, Answer
from tests.support.rollout_seeds import RELEASE
from tests.support.seeds import (
    MANAGEMENT,
    Device,
    SeededApp,
    create_deployment,
    enrol_device,
    expect,
    poll,
    report,
)
from tests.support.unchanged import nothing_changes

ALL: dict[str, Any] = {"name": "wave", "release": RELEASE, "target": {"all": True}}
APPROVED_HALVES = {"phases": [{"percent": 50, "gate": {"needs_approval": True}}, {"start": "2026-03-12T13:00:00.000Z"}]}


@pytest.fixture(name="native")
def _native(seeds: SeededApp) -> Native:
    return Native(seeds.app, seeds.program)


@pytest.fixture(name="fresh")
def _fresh(seeds: SeededApp) -> Device:
    """A device that nothing waits for."""
    return enrol_device(seeds.app, seeds.workspace, 8)


def create(native: Native, plan: object, *devices: Device) -> dict[str, Any]:
    target = {"devices": [device.id for device in devices]} if devices else {"all": True}
    return native.add(DEPLOYMENTS, {**ALL, "target": target, "plan": plan})


def command(native: Native, deployment: dict[str, Any], word: str, body: object = b"") -> Answer:
    return native.call("POST", f"{DEPLOYMENTS}/{deployment['id']}/{word}", body)


def test_a_deployment_is_answered_where_it_is(native: Native) -> None:
    answer = expect(201, native.call("POST", DEPLOYMENTS, {**ALL, "plan": APPROVED_HALVES}))
    made = answer.json()
    assert answer.headers["location"] == f"/api/v1/deployments/{made['id']}"
    assert native.get(f"{DEPLOYMENTS}/{made['id']}") == made
    assert (made["name"], made["release"], made["slot"], made["force"]) == ("wave", RELEASE, "software", False)
    assert made["target"] == {"kind": "all", "devices": 2, "group": None, "filter_id": None}
    assert (made["status"], made["is_aborted"], made["paused"]) == ("pending", False, None)
    assert sum(made["statistics"].values()) == made["statistics"]["pending"] == 2


def test_a_plan_is_shown_whole_and_can_be_sent_again(native: Native) -> None:
    first = create(native, APPROVED_HALVES)["plan"]
    assert [phase["percent"] for phase in first["phases"]] == [50, None]
    assert [phase["start"] for phase in first["phases"]] == [None, "2026-03-12T13:00:00.000Z"]
    assert first["phases"][0]["gate"]["needs_approval"] is True
    assert (first["attempts"]["most"], first["look_every_seconds"]) == (1, 60)
    assert native.add(DEPLOYMENTS, {**ALL, "name": "again", "plan": first})["plan"] == first


def test_each_phase_says_how_far_it_has_come(seeds: SeededApp, native: Native, fresh: Device) -> None:
    made = create(native, APPROVED_HALVES, fresh, seeds.updating)
    assert [(phase["number"], phase["devices"], phase["state"]) for phase in made["phases"]] == [
        (1, 1, "open"),
        (2, 1, "planned"),
    ]
    assert [phase["opens_not_before"] for phase in made["phases"]] == [None, "2026-03-12T13:00:00.000Z"]
    assert [phase["let_in"] for phase in made["phases"]] == [0, 0]


def test_a_phase_has_no_more_devices_than_the_limit_leaves_places_for(
    seeds: SeededApp, native: Native, fresh: Device
) -> None:
    made = create(native, {"phases": [{"devices": 1}, {}], "most_devices": 1}, fresh, seeds.updating)
    look(seeds, made)
    expect(200, poll(seeds.app, fresh))
    phases = native.get(f"{DEPLOYMENTS}/{made['id']}")["phases"]
    assert sorted((phase["devices"], phase["let_in"]) for phase in phases) == [(0, 0), (1, 1)]


def test_outcomes_are_counted_in_the_phase_of_the_device(seeds: SeededApp, native: Native, fresh: Device) -> None:
    made = create(native, {}, fresh)
    expect(200, poll(seeds.app, fresh))
    expect(204, report(seeds.app, fresh, made["id"], "failure"))
    (phase,) = native.get(f"{DEPLOYMENTS}/{made['id']}")["phases"]
    assert phase["let_in"] == 1
    assert phase["outcomes"] == {"succeeded": 0, "failed": 1, "timed_out": 0, "ended": 1}
    assert native.get(f"{DEPLOYMENTS}/{made['id']}")["status"] == "finished"


def test_a_mender_deployment_is_the_same_here_and_reads_as_a_plan(seeds: SeededApp, native: Native) -> None:
    phases = [{"batch_size": 50}, {"start_ts": "2026-03-12T13:00:00Z"}]
    more = {"phases": phases, "retries": 2, "max_devices": 9, "force_installation": True}
    made = create_deployment(seeds.app, seeds.workspace, "theirs", RELEASE, seeds.updating, seeds.waiting, **more)
    shown = native.get(f"{DEPLOYMENTS}/{made}")
    plan = shown["plan"]
    assert [(phase["percent"], phase["start"]) for phase in plan["phases"]] == [
        (50, None),
        (50, "2026-03-12T13:00:00.000Z"),
    ]
    assert (plan["attempts"]["most"], plan["most_devices"], plan["withdraws_success"]) == (3, 9, False)
    assert shown["force"] is True
    assert [(phase["devices"], phase["state"], phase["outcomes"]) for phase in shown["phases"]] == [
        (1, "open", None),
        (1, "planned", None),
    ]


def test_a_mender_deployment_without_phases_has_one_of_all_devices(seeds: SeededApp, native: Native) -> None:
    (phase,) = native.get(f"{DEPLOYMENTS}/{seeds.started}")["phases"]
    assert (phase["devices"], phase["let_in"], phase["state"], phase["gate"]) == (1, 1, "open", None)


def test_a_deployment_made_here_is_one_of_the_mender_dialect(seeds: SeededApp, native: Native) -> None:
    made = create(native, {})
    answer = seeds.app.call("GET", f"{MANAGEMENT}/deployments/{made['id']}", token=seeds.workspace.token)
    assert expect(200, answer).json()["name"] == "wave"


@pytest.mark.parametrize(
    ("target", "kind", "devices"),
    [({"group": "lab"}, "group", 1), ({"filter_id": "{filter}"}, "filter", 1), ({"devices": ["x", "x"]}, "devices", 1)],
)
def test_a_target_says_how_many_devices_it_had(
    seeds: SeededApp, native: Native, target: dict[str, Any], kind: str, devices: int
) -> None:
    filled = {"filter_id": seeds.saved_filter} if "filter_id" in target else target
    shown = native.add(DEPLOYMENTS, {**ALL, "target": filled})["target"]
    assert (shown["kind"], shown["devices"]) == (kind, devices)
    assert shown["filter_id"] == filled.get("filter_id")


OVER_LONG_SOAK = {"percent": 100, "gate": {"soak_seconds": 2_592_001}}
PLAIN_PROBE = {"gate": {"signal": {"kind": "probe", "source": "http://a.example"}}}
MIDNIGHT = {"days": [0], "start": "24:00", "duration_seconds": 60}
SATURDAY = {"days": [5], "start": "10:00", "duration_seconds": 600}
SHORT_WINDOW = {"days": [0], "start": "02:00", "duration_seconds": 1}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"slot": "firmware"}, "slot"),
        ({"name": ""}, "name"),
        ({"target": {}}, "target"),
        ({"target": {"all": True, "group": "lab"}}, "target"),
        ({"target": {"all": False}}, "target.all"),
        ({"target": {"devices": []}}, "target.devices"),
        ({"target": {"devices": ["a/b"]}}, "target.devices.0"),
        ({"plan": {"phases": [{"percent": 10}, {"percent": 10}]}}, "plan.phases"),
        ({"plan": {"phases": [{"percent": 10}, {"percent": 50}, {"percent": 100}]}}, "plan.phases"),
        ({"plan": {"cumulative": True, "phases": [{"percent": 10}, {"percent": 10}]}}, "plan.phases.1"),
        ({"plan": {"phases": [OVER_LONG_SOAK]}}, "plan.phases.0.gate.soak_seconds"),
        ({"plan": {"attempts": {"most": 102}}}, "plan.attempts.most"),
        ({"plan": {"look_every_seconds": 0}}, "plan.look_every_seconds"),
        ({"plan": {"look_every_seconds": 1.5}}, "plan.look_every_seconds"),
        ({"plan": {"deadlines": {"offered_seconds": 0}}}, "plan.deadlines.offered_seconds"),
        ({"plan": {"windows": [MIDNIGHT]}}, "plan.windows.0.start"),
        ({"plan": {"windows": [SHORT_WINDOW]}}, "plan.windows.0.duration_seconds"),
        ({"plan": {"end": "2026-03-11T12:00:00Z"}}, "plan.end"),
        ({"plan": {"end": "2026-03-11T18:00:00Z", "windows": [SATURDAY]}}, "plan.end"),
        ({"plan": {"start": "tomorrow"}}, "plan.start"),
        ({"plan": {"most": 3}}, "plan.most"),
        ({"plan": {"phases": [PLAIN_PROBE]}}, "plan.phases.0.gate.signal.source"),
    ],
)
def test_what_cannot_be_kept_is_400_and_names_the_member(native: Native, changed: dict[str, Any], named: str) -> None:
    with nothing_changes(native.app):
        assert fields(native.call("POST", DEPLOYMENTS, {**ALL, **changed})) == [named]


def test_every_duration_of_a_plan_says_that_it_is_in_seconds() -> None:
    plan = PlanBody.model_json_schema()
    parts = [plan, *plan["$defs"].values()]
    members = [each for part in parts for each in part.get("properties", {}).items()]
    durations = {name for name, schema in members if "31622400" in str(schema)}
    assert "look_every_seconds" in durations
    assert {name for name in durations if not name.endswith("_seconds")} == set()


def test_a_release_without_artifacts_is_422(native: Native) -> None:
    refusal(422, "no_such_release", native.call("POST", DEPLOYMENTS, {**ALL, "release": "nothing"}))


def test_the_same_deployment_twice_is_409_while_the_first_goes_on(native: Native) -> None:
    made = create(native, {})
    refused = refusal(409, "duplicate_deployment", native.call("POST", DEPLOYMENTS, ALL))
    assert refused == {"deployment_id": made["id"]}
    expect(200, command(native, made, "abort"))
    create(native, {})


def test_lists_show_the_newest_first_in_pages_and_find_by_status_and_name(seeds: SeededApp, native: Native) -> None:
    made = create(native, {})
    seeds.app.pass_time(seconds=1)
    later = native.add(DEPLOYMENTS, {**ALL, "name": "later"})
    answer = expect(200, native.call("GET", f"{DEPLOYMENTS}?per_page=2"))
    assert [each["id"] for each in answer.json()] == [later["id"], made["id"]]
    assert answer.headers["x-total-count"] == "4"
    assert answer.json()[1] == {
        name: made[name] for name in made if name not in {"breach", "awaits_resume", "plan", "phases"}
    }
    assert [each["name"] for each in native.get(f"{DEPLOYMENTS}?name=later&name=started")] == ["later", "started"]
    assert [each["name"] for each in native.get(f"{DEPLOYMENTS}?status=inprogress")] == ["started"]
    expect(200, command(native, later, "abort"))
    assert [each["name"] for each in native.get(f"{DEPLOYMENTS}?status=finished")] == ["later"]


@pytest.mark.parametrize(("query", "named"), [("status=aborted", "status"), ("page=0", "page")])
def test_a_search_that_is_none_is_400(native: Native, query: str, named: str) -> None:
    assert fields(native.call("GET", f"{DEPLOYMENTS}?{query}")) == [named]


def test_a_pause_is_shown_with_its_reason_and_holds_until_a_resume(
    seeds: SeededApp, native: Native, fresh: Device
) -> None:
    made = create(native, {}, fresh)
    paused = expect(200, command(native, made, "pause")).json()
    assert paused["paused"] == {"at": "2026-03-11T13:00:00.000Z", "reason": "operator"}
    expect(204, poll(seeds.app, fresh))
    refusal(409, "deployment_state", command(native, made, "pause"))
    assert expect(200, command(native, made, "resume")).json()["paused"] is None
    refusal(409, "deployment_state", command(native, made, "resume"))
    expect(200, poll(seeds.app, fresh))


def test_what_has_ended_in_a_pause_says_that_a_roll_back_awaits_the_resume(
    seeds: SeededApp, native: Native, fresh: Device
) -> None:
    made = create(native, {"phases": [{"gate": {"most_failures": 0, "on_breach": "roll-back"}}]}, fresh)
    expect(200, poll(seeds.app, fresh))
    expect(200, command(native, made, "pause"))
    expect(204, report(seeds.app, fresh, made["id"], "failure"))
    look(seeds, made)
    shown = native.get(f"{DEPLOYMENTS}/{made['id']}")
    assert (shown["status"], shown["awaits_resume"], shown["phases"][0]["state"]) == ("finished", True, "breached")
    assert shown["breach"]["reason"] == "too-many-failures"
    expect(200, command(native, made, "resume"))
    look(seeds, made)
    after = native.get(f"{DEPLOYMENTS}/{made['id']}")
    assert after["awaits_resume"] is False
    assert native.get(f"{DEPLOYMENTS}/{after['rolled_back_by']}")["rolls_back"] == made["id"]
    refusal(409, "deployment_finished", command(native, made, "resume"))


def test_what_soaks_after_it_has_ended_in_a_pause_can_be_resumed(
    seeds: SeededApp, native: Native, fresh: Device
) -> None:
    gate = {"most_failures": 0, "on_breach": "roll-back", "soak_seconds": 3600}
    made = create(native, {"phases": [{"gate": gate}]}, fresh)
    expect(200, poll(seeds.app, fresh))
    expect(200, command(native, made, "pause"))
    expect(204, report(seeds.app, fresh, made["id"], "success"))
    look(seeds, made)
    assert native.get(f"{DEPLOYMENTS}/{made['id']}")["awaits_resume"] is True
    assert expect(200, command(native, made, "resume")).json()["awaits_resume"] is False


def test_an_abort_is_final(native: Native) -> None:
    made = create(native, {})
    expect(200, command(native, made, "pause"))
    aborted = expect(200, command(native, made, "abort")).json()
    assert (aborted["status"], aborted["is_aborted"], aborted["paused"]) == ("finished", True, None)
    assert aborted["statistics"]["aborted"] == 2
    for word in ("abort", "pause", "resume", "approve", "next-phase"):
        refusal(409, "deployment_finished", command(native, made, word))


@pytest.mark.parametrize(("word", "of_the_last"), [("approve", 200), ("next-phase", 409)])
def test_the_next_phase_is_asked_for_only_while_one_is_to_come(native: Native, word: str, of_the_last: int) -> None:
    assert expect(200, command(native, create(native, APPROVED_HALVES), word)).json()["status"] == "pending"
    single = native.add(DEPLOYMENTS, {**ALL, "name": "single"})
    expect(of_the_last, command(native, single, word))


def look(seeds: SeededApp, deployment: dict[str, Any]) -> None:
    """Let its execution look."""
    advance_rollout(seeds.app.service, seeds.workspace.id, deployment["id"], 0, NOW)


APPROVED_THIRDS = {
    "phases": [
        {"percent": 40, "gate": {"needs_approval": True}},
        {"percent": 30, "gate": {"needs_approval": True}, "start": "2026-03-12T13:00:00Z"},
        {},
    ]
}


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("is_taken_up", [False, True])
@pytest.mark.parametrize(("word", "meant"), [("approve", 1), ("next-phase", 2)])
def test_what_was_asked_of_a_phase_and_is_asked_again_changes_nothing(
    seeds: SeededApp, native: Native, word: str, meant: int, *, is_taken_up: bool
) -> None:
    made = create(native, APPROVED_THIRDS)
    expect(200, command(native, made, word, {"phase": meant}))
    if is_taken_up:
        look(seeds, made)
    with nothing_changes(seeds.app):
        answer = expect(200, command(native, made, word, {"phase": meant})).json()
    assert answer == native.get(f"{DEPLOYMENTS}/{made['id']}")
    assert [phase["is_approved"] for phase in answer["phases"]] == [is_taken_up and word == "approve", False, False]


@pytest.mark.usefixtures("fresh")
def test_an_approval_sent_again_once_the_next_phase_is_open_does_not_approve_that(
    seeds: SeededApp, native: Native
) -> None:
    made = create(native, APPROVED_THIRDS)
    expect(200, command(native, made, "approve", {"phase": 1}))
    expect(200, command(native, made, "next-phase", {"phase": 2}))
    look(seeds, made)
    with nothing_changes(seeds.app):
        shown = expect(200, command(native, made, "approve", {"phase": 1})).json()
    assert [phase["is_approved"] for phase in shown["phases"]] == [True, False, False]
    assert [phase["opened_at"] is None for phase in shown["phases"]] == [False, False, True]


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    ("word", "meant", "told"),
    [
        ("approve", 1, "the newest open phase is phase 2 at this moment, and phase 1 was meant"),
        ("approve", 3, "the newest open phase is phase 2 at this moment, and phase 3 was meant"),
        ("next-phase", 1, "the phase that opens next is phase 3 at this moment, and phase 1 was meant"),
        ("next-phase", 9, "the phase that opens next is phase 3 at this moment, and phase 9 was meant"),
    ],
)
def test_a_command_for_a_phase_whose_turn_it_is_not_is_refused(
    seeds: SeededApp, native: Native, word: str, meant: int, told: str
) -> None:
    made = create(native, APPROVED_THIRDS)
    expect(200, command(native, made, "next-phase"))
    look(seeds, made)
    with nothing_changes(seeds.app):
        refused = command(native, made, word, {"phase": meant})
    refusal(409, "deployment_state", refused)
    assert told in refused.text


def test_a_phase_that_opened_by_itself_is_not_asked_for(native: Native) -> None:
    single = native.add(DEPLOYMENTS, {**ALL, "name": "single"})
    refusal(409, "deployment_state", command(native, single, "next-phase", {"phase": 1}))


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("word", ["approve", "next-phase"])
@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["phase"]),
        ({"phase": None}, ["phase"]),
        ({"phase": 0}, ["phase"]),
        ({"phase": 21}, ["phase"]),
        ({"phase": 1.5}, ["phase"]),
        ({"phase": True}, ["phase"]),
        ({"phase": "1"}, ["phase"]),
        ({"phase": 1, "phases": 1}, ["phases"]),
    ],
)
def test_a_phase_that_is_none_is_400(
    seeds: SeededApp, native: Native, word: str, body: dict[str, object], named: list[str]
) -> None:
    made = create(native, APPROVED_THIRDS)
    native.get("/settings")
    with nothing_changes(seeds.app):
        assert fields(command(native, made, word, body)) == named


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("body", [b"", {"phase": 1}])
def test_before_the_start_of_the_plan_no_phase_is_asked_for(seeds: SeededApp, native: Native, body: object) -> None:
    made = create(native, {**APPROVED_THIRDS, "start": "2026-03-11T14:00:00Z"})
    look(seeds, made)
    native.get("/settings")
    with nothing_changes(seeds.app):
        refused = command(native, made, "next-phase", body)
    refusal(409, "deployment_state", refused)
    assert "the plan starts at 2026-03-11T14:00:00.000Z, and nothing is offered before" in refused.text
    assert "abort the deployment" in refused.text
    seeds.app.pass_time(hours=1)
    expect(200, command(native, made, "next-phase", body))


@pytest.mark.parametrize("at_end", ["stop-offering", "abort", "let-finish"])
def test_after_the_end_of_the_plan_no_phase_is_asked_for_or_changed(
    seeds: SeededApp, native: Native, at_end: str
) -> None:
    """Also before the execution has seen that it has come."""
    end = {"end": "2026-03-11T14:00:00.000Z", "at_end": at_end}
    made = create(native, {**APPROVED_HALVES, "phases": [{"percent": 50}, {"start": "2026-03-11T13:30:00Z"}], **end})
    seeds.app.pass_time(hours=1)
    native.get("/settings")
    with nothing_changes(seeds.app):
        answers = [
            command(native, made, "next-phase"),
            change(native, made, edited(made["plan"]["phases"], 1, start=None)),
        ]
    for refused in answers:
        refusal(409, "deployment_state", refused)
        assert "the plan ended at 2026-03-11T14:00:00.000Z" in refused.text
        assert "another deployment" in refused.text


def test_an_abort_is_told_with_the_key_that_asked_for_it(seeds: SeededApp, native: Native) -> None:
    made = create(native, {})
    expect(200, command(native, made, "abort"))
    look(seeds, made)
    *_, aborted = native.get(f"{DEPLOYMENTS}/{made['id']}/events")
    assert (aborted["type"], aborted["by"][: len("api_key_")]) == ("deployment.aborted", "api_key_")


def test_a_roll_back_is_one_deployment_linked_in_both_directions(
    seeds: SeededApp, native: Native, fresh: Device
) -> None:
    made = create(native, {}, fresh)
    refusal(409, "deployment_state", command(native, made, "roll-back"))
    assert expect(200, command(native, made, "abort")).json()["is_aborted"], "the refusal has not ended it"
    again = native.add(DEPLOYMENTS, {**ALL, "name": "again", "target": {"devices": [fresh.id]}})
    expect(200, poll(seeds.app, fresh))
    answer = expect(201, command(native, again, "roll-back"))
    undoing = answer.json()
    assert answer.headers["location"] == f"/api/v1/deployments/{undoing['id']}"
    assert (undoing["rolls_back"], undoing["target"]["kind"]) == (again["id"], "roll-back")
    shown = native.get(f"{DEPLOYMENTS}/{again['id']}")
    assert (shown["rolled_back_by"], shown["is_aborted"]) == (undoing["id"], True)
    assert expect(201, command(native, again, "roll-back")).json()["id"] == undoing["id"]
    told = [event for event in native.get(f"{DEPLOYMENTS}/{again['id']}/events") if event["rolled_back_by"]]
    assert [event["by"][: len("api_key_")] for event in told] == ["api_key_"]


def edited(phases: list[dict[str, Any]], number: int, **members: object) -> dict[str, Any]:
    """All phases, one of them with other members."""
    return {"phases": [{**phase, **members} if place == number else phase for place, phase in enumerate(phases)]}


def change(native: Native, deployment: dict[str, Any], body: object) -> Answer:
    return native.call("PATCH", f"{DEPLOYMENTS}/{deployment['id']}/plan", body)


def test_a_phase_that_is_not_open_gets_another_start_and_another_gate(native: Native) -> None:
    made = create(native, APPROVED_HALVES)
    sooner, gate = "2026-03-11T14:00:00.000Z", {"most_failures": 3}
    changed = expect(200, change(native, made, edited(made["plan"]["phases"], 1, start=sooner, gate=gate))).json()
    phase = changed["plan"]["phases"][1]
    assert (phase["start"], phase["gate"]["most_failures"]) == (sooner, 3)
    assert changed["phases"][1]["opens_not_before"] == sooner
    assert changed["plan"]["phases"][0] == made["plan"]["phases"][0]
    assert native.get(f"{DEPLOYMENTS}/{made['id']}") == changed


@pytest.mark.usefixtures("fresh")
def test_cumulative_phases_are_shown_and_changed_as_what_each_of_them_adds(native: Native) -> None:
    tenths: dict[str, Any] = {
        "cumulative": True,
        "phases": [{"percent": 10, "gate": {"needs_approval": True}}, {"percent": 60}, {}],
    }
    made = create(native, tenths)
    assert [phase["percent"] for phase in made["plan"]["phases"]] == [10, 50, None]
    tenths["phases"][1] |= {"start": "2026-03-11T14:00:00Z"}
    changed = expect(200, change(native, made, tenths)).json()
    assert [phase["percent"] for phase in changed["plan"]["phases"]] == [10, 50, None]
    assert changed["plan"]["phases"][1]["start"] == "2026-03-11T14:00:00.000Z"


def test_a_device_waits_until_the_changed_start(native: Native, fresh: Device) -> None:
    made = create(native, {"phases": [{"start": "2026-03-12T13:00:00Z"}]}, fresh)
    sooner = "2026-03-11T14:00:00.000Z"
    expect(200, change(native, made, {"phases": [{"start": sooner}]}))
    told = native.get(f"{DEPLOYMENTS}/{made['id']}/devices/{fresh.id}/explain")
    assert (told["blocked_by"], told["until"]) == ("phase-not-open", sooner)


ON_MONDAYS: dict[str, Any] = {
    "windows": [{"days": [0], "start": "03:00", "duration_seconds": 3600}],
    "end": "2026-03-17T23:00:00Z",
}


def test_phases_are_not_moved_behind_the_last_window_before_the_end(native: Native) -> None:
    """As a new plan is refused in which no window opens."""
    made = create(native, {**ON_MONDAYS, "phases": [{"percent": 50, "start": "2026-03-12T20:00:00Z"}, {}]})
    body = edited(made["plan"]["phases"], 0, start="2026-03-17T20:00:00Z")
    assert fields(change(native, made, body)) == ["end"]
    assert native.get(f"{DEPLOYMENTS}/{made['id']}") == made
    expect(200, change(native, made, edited(made["plan"]["phases"], 0, start="2026-03-15T20:00:00Z")))


def test_once_a_phase_is_open_a_plan_changes_also_after_its_last_window(seeds: SeededApp, native: Native) -> None:
    made = create(native, {**ON_MONDAYS, "phases": [{"percent": 50, "gate": {"needs_approval": True}}, {}]})
    seeds.app.pass_time(days=6)
    expect(200, change(native, made, edited(made["plan"]["phases"], 1, gate={"most_failures": 3})))


def test_an_execution_that_waits_is_woken_by_a_change_of_the_plan(seeds: SeededApp, native: Native) -> None:
    made = create(native, APPROVED_HALVES)
    begin_wait(seeds.app.service, seeds.workspace.id, made["id"], 0, "a token")
    expect(200, change(native, made, edited(made["plan"]["phases"], 1, start=None)))
    assert seeds.app.rollouts.woken == ["a token"]


def test_a_phase_opens_at_its_changed_start(seeds: SeededApp, native: Native) -> None:
    made = create(native, {"phases": [{"percent": 50}, {"start": "2026-03-12T13:00:00Z"}]})
    expect(200, change(native, made, edited(made["plan"]["phases"], 1, start="2026-03-11T14:00:00Z")))
    for passed, state in ((timedelta(minutes=59), "planned"), (timedelta(hours=1), "open")):
        advance_rollout(seeds.app.service, seeds.workspace.id, made["id"], 0, NOW + passed)
        assert native.get(f"{DEPLOYMENTS}/{made['id']}")["phases"][1]["state"] == state


def interfere(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object]) -> None:
    """Let something happen once, after a change of a plan has read what it changes."""

    def load_and_wait(service: Service, workspace: str, deployment_id: str) -> Progress:
        found = load(service, workspace, deployment_id)
        monkeypatch.setattr(change_plan, "load", load)
        meanwhile()
        return found

    monkeypatch.setattr(change_plan, "load", load_and_wait)


def test_a_phase_that_opens_while_it_is_changed_stays_as_it_was(
    seeds: SeededApp, native: Native, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create(native, APPROVED_HALVES)

    def open_it() -> None:
        expect(200, command(native, made, "next-phase"))
        advance_rollout(seeds.app.service, seeds.workspace.id, made["id"], 0, NOW)

    interfere(monkeypatch, open_it)
    refusal(409, "deployment_state", change(native, made, edited(made["plan"]["phases"], 1, start=None)))
    assert native.get(f"{DEPLOYMENTS}/{made['id']}")["plan"] == made["plan"]


def test_a_deployment_that_is_aborted_while_its_plan_is_changed_keeps_it(
    native: Native, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create(native, APPROVED_HALVES)
    interfere(monkeypatch, lambda: expect(200, command(native, made, "abort")))
    refusal(409, "deployment_finished", change(native, made, edited(made["plan"]["phases"], 1, start=None)))
    assert native.get(f"{DEPLOYMENTS}/{made['id']}")["plan"] == made["plan"]


def test_a_change_of_the_plan_loses_nothing_that_the_execution_notes_beside_it(
    seeds: SeededApp, native: Native, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create(native, APPROVED_HALVES)
    look = partial(advance_rollout, seeds.app.service, seeds.workspace.id, made["id"], 0, NOW)
    interfere(monkeypatch, look)
    changed = expect(200, change(native, made, edited(made["plan"]["phases"], 1, start=None))).json()
    assert changed["phases"][0]["opened_at"] == "2026-03-11T13:00:00.000Z"
    assert changed["plan"]["phases"][1]["start"] is None


def test_what_is_open_changes_no_more(native: Native) -> None:
    made = create(native, APPROVED_HALVES)
    native.get("/settings")
    with nothing_changes(native.app):
        answer = change(native, made, edited(made["plan"]["phases"], 0, gate={}))
    refusal(409, "deployment_state", answer)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"percent": 40}, "phases.0"),
        ({"percent": None, "devices": 1}, "phases.0"),
        ({"gate": {"soak_seconds": 2_592_001}}, "phases.0.gate.soak_seconds"),
        ({"start": "2028-01-01T00:00:00Z"}, "phases.0.start"),
        ({"share": 1}, "phases.0.share"),
    ],
)
def test_a_change_that_cannot_be_kept_is_400_and_names_the_member(
    native: Native, changes: dict[str, Any], named: str
) -> None:
    made = create(native, {"phases": [{"percent": 50, "start": "2026-03-12T13:00:00Z"}, {}]})
    assert fields(change(native, made, edited(made["plan"]["phases"], 0, **changes))) == [named]
    assert fields(change(native, made, {"phases": [{}]})) == ["phases"]
    assert native.get(f"{DEPLOYMENTS}/{made['id']}") == made


def test_a_mender_deployment_changes_its_times_and_gets_no_gate(seeds: SeededApp, native: Native) -> None:
    phases = [{"batch_size": 50}, {"start_ts": "2026-03-12T13:00:00Z"}]
    devices = (seeds.updating, seeds.waiting)
    theirs = create_deployment(seeds.app, seeds.workspace, "theirs", RELEASE, *devices, phases=phases)
    made = native.get(f"{DEPLOYMENTS}/{theirs}")
    sooner = "2026-03-11T14:00:00.000Z"
    expect(200, change(native, made, edited(made["plan"]["phases"], 1, start=sooner)))
    answer = seeds.app.call("GET", f"{MANAGEMENT}/deployments/{theirs}", token=seeds.workspace.token)
    assert answer.json()["phases"][1]["start_ts"] == sooner
    refusal(409, "deployment_state", change(native, made, edited(made["plan"]["phases"], 1, gate={"soak_seconds": 1})))


def test_what_has_ended_or_has_nothing_to_come_has_no_plan_to_change(seeds: SeededApp, native: Native) -> None:
    refusal(409, "deployment_state", change(native, {"id": seeds.started}, {"phases": [{}]}))
    made = create(native, APPROVED_HALVES)
    expect(200, command(native, made, "abort"))
    refusal(409, "deployment_finished", change(native, made, {"phases": made["plan"]["phases"]}))
