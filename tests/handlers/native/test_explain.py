"""Why a device is not offered a deployment: each code as an operator meets it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import pytest

from native._wire_explanations import OFFERED, READY, SENTENCES
from sluiceway.domain.holds import Reason
from sluiceway.usecases import create_deployment as creation
from tests.handlers.native.calls import DEPLOYMENTS, RELEASES, SETTINGS, Native, refusal
from tests.support.app import NOW
from tests.support.executions import advance
from tests.support.mender_files import mender_file
from tests.support.rollout_seeds import RELEASE
from tests.support.seeds import (
    DEVICE_TYPE,
    MANAGEMENT,
    Device,
    SeededApp,
    create_deployment,
    enrol_device,
    expect,
    multipart,
    poll,
    report,
    seeded_app,
)

INVENTORY = "/api/devices/v1/inventory/device/attributes"
TOMORROW = "2026-03-12T13:00:00.000Z"
THURSDAYS = {"days": [3], "start": "13:00", "duration_seconds": 3600}


class Case:
    """Two devices that nothing waits for."""

    def __init__(self, seeds: SeededApp) -> None:
        self.seeds = seeds
        self.native = Native(seeds.app, seeds.program)
        self.first, self.second = (enrol_device(seeds.app, seeds.workspace, number) for number in (8, 9))

    def deploy(self, *devices: Device, **plan: object) -> str:
        return self.deploy_release(RELEASE, devices, plan)

    def deploy_release(self, release: str, devices: Iterable[Device], plan: Mapping[str, object]) -> str:
        body = {"name": "wave", "release": release, "target": {"devices": [each.id for each in devices]}, "plan": plan}
        return str(self.native.add(DEPLOYMENTS, body)["id"])

    def for_both(self, **plan: object) -> tuple[str, Device]:
        """The first device is let in, the other is asked about."""
        deployment = self.deploy(self.first, self.second, **plan)
        expect(200, poll(self.seeds.app, self.first))
        return deployment, self.second

    def ended(self, *devices: Device) -> tuple[str, Device]:
        deployment = self.deploy(*devices)
        expect(200, poll(self.seeds.app, self.first))
        expect(204, report(self.seeds.app, self.first, deployment, "success"))
        return deployment, self.first

    def outdone(self) -> tuple[str, Device]:
        deployment = self.deploy(self.first, self.second)
        self.deploy(self.first, priority=1)
        expect(200, poll(self.seeds.app, self.first))
        return deployment, self.first

    def commanded(self, word: str) -> tuple[str, Device]:
        deployment = self.deploy(self.first)
        expect(200, self.native.call("POST", f"{DEPLOYMENTS}/{deployment}/{word}"))
        return deployment, self.first

    def failed_once(self) -> tuple[str, Device]:
        deployment = self.deploy(self.first, attempts={"most": 2, "base_seconds": 600, "jitter": 0})
        expect(200, poll(self.seeds.app, self.first))
        expect(204, report(self.seeds.app, self.first, deployment, "failure"))
        return deployment, self.first

    def past_the_end(self) -> tuple[str, Device]:
        deployment = self.deploy(self.first, end="2026-03-11T13:00:01Z")
        self.seeds.app.pass_time(seconds=1)
        return deployment, self.first

    def of_another_type(self) -> tuple[str, Device]:
        told = [{"name": "device_type", "value": DEVICE_TYPE}]
        expect(200, self.seeds.app.call("PATCH", INVENTORY, told, token=self.first.token))
        self.upload("other", "board-z")
        return self.deploy_release("other", [self.first], {}), self.first

    def upload(self, name: str, board: str) -> None:
        body, headers = multipart(mender_file(name, (board,)))
        uploaded = self.seeds.app.call(
            "POST", f"{MANAGEMENT}/artifacts", body, token=self.seeds.workspace.token, headers=headers
        )
        expect(201, uploaded)

    def being_prepared(self) -> tuple[str, Device]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(creation, "SEEDED_BEFORE_COMMIT", 0)
            return self.deploy(self.first), self.first

    def past_something_newer(self) -> tuple[str, Device]:
        """The older has no place for the device, which has then ended something newer."""
        older = self.deploy(self.first, self.second, most_devices=1)
        expect(200, poll(self.seeds.app, self.second))
        self.ended(self.first)
        return older, self.first

    def gone_on(self) -> tuple[str, Device]:
        """The first device has succeeded in something newer than what is rolled back."""
        undone, _ = self.ended(self.first, self.second)
        self.upload("newer", DEVICE_TYPE)
        newer = self.deploy_release("newer", [self.first], {})
        expect(200, poll(self.seeds.app, self.first, RELEASE))
        expect(204, report(self.seeds.app, self.first, newer, "success"))
        undoing = expect(201, self.native.call("POST", f"{DEPLOYMENTS}/{undone}/roll-back")).json()
        return undoing["id"], self.first

    def awaiting_a_verdict(self) -> tuple[str, Device]:
        configs, service = self.seeds.configs, self.seeds.app.service
        expect(200, self.native.call("PATCH", f"{RELEASES}/{configs.unused}", {"custom_validation": True}))
        expect(200, self.native.call("PATCH", SETTINGS, {"validation_timeout_seconds": 3600}))
        content = {"release_id": configs.unused, "instance_ids": [configs.instance]}
        body = {"name": "wave", "slot": "config", **content, "target": {"devices": [configs.device]}}
        made = str(self.native.add(DEPLOYMENTS, body)["id"])
        advance(service, self.seeds.workspace.id, made, NOW)
        return made, replace(self.first, id=configs.device)

    def halted(self) -> tuple[str, Device]:
        """The first device has asked, and has not said that it reads control maps."""
        halting = {"states": {"ArtifactInstall_Enter": {"action": "pause"}}}
        seeds = self.seeds
        made = create_deployment(seeds.app, seeds.workspace, "h", RELEASE, self.first, update_control_map=halting)
        expect(204, poll(seeds.app, self.first))
        return made, self.first

    def mender_phase(self) -> tuple[str, Device]:
        phases = [{"batch_size": 50}, {"start_ts": TOMORROW}]
        seeds = self.seeds
        made = create_deployment(seeds.app, seeds.workspace, "m", RELEASE, self.first, self.second, phases=phases)
        expect(200, poll(seeds.app, self.first))
        return made, self.second

    def explain(self, deployment: str, device: Device) -> dict[str, Any]:
        shown: dict[str, Any] = self.native.get(f"{DEPLOYMENTS}/{deployment}/devices/{device.id}/explain")
        return shown


SITUATIONS: dict[Reason, tuple[Callable[[Case], tuple[str, Device]], str | None]] = {
    Reason.FINISHED: (lambda case: case.ended(case.first), None),
    Reason.ABORTED: (lambda case: case.commanded("abort"), None),
    Reason.NOT_A_TARGET: (lambda case: (case.deploy(case.first), case.second), None),
    Reason.BEING_PREPARED: (Case.being_prepared, None),
    Reason.NOT_ACCEPTED: (lambda case: (case.deploy(case.seeds.stranger), case.seeds.stranger), None),
    Reason.SUPERSEDED: (Case.outdone, None),
    Reason.PART_ENDED: (lambda case: case.ended(case.first, case.second), None),
    Reason.NEWER_ENDED: (Case.past_something_newer, None),
    Reason.WAITS_FOR_ANOTHER: (lambda case: (case.deploy(case.seeds.waiting), case.seeds.waiting), None),
    Reason.HAS_NEWER: (Case.gone_on, None),
    Reason.AWAITS_VERDICT: (Case.awaiting_a_verdict, "2026-03-11T14:00:00.000Z"),
    Reason.NOT_STARTED: (lambda case: (case.deploy(case.first, start=TOMORROW), case.first), TOMORROW),
    Reason.ENDED: (Case.past_the_end, None),
    Reason.PAUSED: (lambda case: case.commanded("pause"), None),
    Reason.PHASE_NOT_OPEN: (
        lambda case: (case.deploy(case.first, phases=[{"start": TOMORROW}]), case.first),
        TOMORROW,
    ),
    Reason.OUTSIDE_WINDOW: (lambda case: (case.deploy(case.first, windows=[THURSDAYS]), case.first), TOMORROW),
    Reason.RETRY_LATER: (Case.failed_once, "2026-03-11T13:10:00.000Z"),
    Reason.FULL: (lambda case: case.for_both(most_devices=1), None),
    Reason.PHASE_FULL: (Case.mender_phase, None),
    Reason.PACE_REACHED: (lambda case: case.for_both(pace={"per_minute": 1}), "2026-03-11T13:01:00.000Z"),
    Reason.IN_FLIGHT_REACHED: (lambda case: case.for_both(most_in_flight=1), None),
    Reason.NO_MATCHING_ARTIFACT: (Case.of_another_type, None),
    Reason.READS_NO_MAPS: (Case.halted, None),
}
"""How each code comes about, and until when it lasts by itself."""


@pytest.fixture(name="case")
def _case() -> Iterator[Case]:
    with seeded_app() as seeds:
        yield Case(seeds)


def test_the_next_phase_is_told_to_open_when_the_soak_of_the_newest_ends(case: Case) -> None:
    soaking = {"percent": 50, "gate": {"soak_seconds": 600}}
    deployment = case.deploy(case.first, case.second, phases=[soaking, {}])
    early = case.first if poll(case.seeds.app, case.first).status == HTTPStatus.OK else case.second
    expect(200, poll(case.seeds.app, early))
    expect(204, report(case.seeds.app, early, deployment, "success"))
    advance(case.seeds.app.service, case.seeds.workspace.id, deployment, NOW)
    told = case.explain(deployment, case.second if early is case.first else case.first)
    assert (told["blocked_by"], told["until"]) == ("phase-not-open", "2026-03-11T13:10:00.000Z")


@pytest.mark.parametrize(
    ("gate", "plan"),
    [
        ({"soak_seconds": 600, "needs_approval": True}, {}),
        ({"soak_seconds": 7200}, {"end": "2026-03-11T14:00:00Z", "at_end": "let-finish"}),
    ],
)
def test_a_soak_opens_no_phase_that_a_person_or_the_plans_end_keeps_shut(
    case: Case, gate: Mapping[str, object], plan: Mapping[str, object]
) -> None:
    deployment = case.deploy(case.first, case.second, phases=[{"percent": 50, "gate": gate}, {}], **plan)
    early = case.first if poll(case.seeds.app, case.first).status == HTTPStatus.OK else case.second
    expect(200, poll(case.seeds.app, early))
    expect(204, report(case.seeds.app, early, deployment, "success"))
    advance(case.seeds.app.service, case.seeds.workspace.id, deployment, NOW)
    told = case.explain(deployment, case.second if early is case.first else case.first)
    assert (told["blocked_by"], told["until"]) == ("phase-not-open", None)


def test_nothing_is_told_to_change_after_the_end_of_the_plan(case: Case) -> None:
    told = case.explain(case.deploy(case.first, windows=[THURSDAYS], end="2026-03-12T12:00:00Z"), case.first)
    assert (told["blocked_by"], told["until"]) == ("outside-window", None)


def test_each_reason_has_a_sentence_and_a_situation_and_is_in_the_document(case: Case) -> None:
    assert [*SENTENCES] == [*SITUATIONS] == [*Reason]
    document = case.seeds.app.call("GET", "/docs/native/openapi.json").text
    assert [reason for reason in Reason if f"`{reason}`: {SENTENCES[reason]}" not in document] == []


@pytest.mark.parametrize("reason", Reason)
def test_the_first_rule_that_keeps_a_device_back_is_told_with_its_end(case: Case, reason: Reason) -> None:
    situation, until = SITUATIONS[reason]
    told = case.explain(*situation(case))
    assert (told["blocked_by"], told["until"], told["text"]) == (str(reason), until, SENTENCES[reason])
    assert [rule["code"] for rule in told["rules"]] == [*Reason]
    rule = told["rules"][[*Reason].index(reason)]
    assert rule == {"code": str(reason), "blocks": True, "until": until, "text": SENTENCES[reason]}
    assert not any(each["blocks"] for each in told["rules"][: [*Reason].index(reason)])


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        ({"start": "2026-03-11T13:01:40.000Z"}, range(100, 111)),
        ({"windows": [{**THURSDAYS, "start": "01:00", "duration_seconds": 60}]}, range(43_200, 43_231)),
        ({"windows": [{**THURSDAYS, "start": "13:10"}]}, [86_400]),
    ],
)
def test_a_poll_is_told_when_to_ask_again(case: Case, plan: dict[str, Any], told: Collection[int]) -> None:
    deployment = case.deploy(case.first, **plan)
    answer = expect(204, poll(case.seeds.app, case.first))
    assert int(answer.headers["retry-after"]) in told
    expect(200, case.native.call("POST", f"{DEPLOYMENTS}/{deployment}/abort"))
    assert "retry-after" not in expect(204, poll(case.seeds.app, case.first)).headers


def test_every_rule_that_keeps_a_device_back_is_told_not_only_the_first(case: Case) -> None:
    deployment = case.deploy(case.first, start=TOMORROW, windows=[THURSDAYS])
    expect(200, case.native.call("POST", f"{DEPLOYMENTS}/{deployment}/pause"))
    told = case.explain(deployment, case.first)
    blocking = {rule["code"] for rule in told["rules"] if rule["blocks"]}
    assert blocking == {Reason.NOT_STARTED, Reason.PAUSED, Reason.OUTSIDE_WINDOW, Reason.PHASE_NOT_OPEN}


def test_the_deployment_that_goes_first_is_named(case: Case) -> None:
    told = case.explain(case.deploy(case.seeds.waiting), case.seeds.waiting)
    assert told["ahead"] == case.seeds.untouched


def test_a_device_that_nothing_keeps_back_and_one_whose_turn_it_is(case: Case) -> None:
    deployment = case.deploy(case.first)
    told = case.explain(deployment, case.first)
    assert (told["status"], told["blocked_by"], told["text"]) == ("pending", None, READY)
    assert {rule["blocks"] for rule in told["rules"]} == {False}
    expect(200, poll(case.seeds.app, case.first))
    told = case.explain(deployment, case.first)
    assert (told["was_offered"], told["blocked_by"], told["text"]) == (True, None, OFFERED)


@pytest.mark.parametrize(
    ("reason", "unknown_from"),
    [
        (Reason.NOT_A_TARGET, Reason.SUPERSEDED),
        (Reason.PART_ENDED, Reason.NEWER_ENDED),
        (Reason.PACE_REACHED, Reason.IN_FLIGHT_REACHED),
    ],
)
def test_a_rule_that_was_not_looked_at_says_neither_yes_nor_no(
    case: Case, reason: Reason, unknown_from: Reason
) -> None:
    situation, _ = SITUATIONS[reason]
    unknown = [rule["code"] for rule in case.explain(*situation(case))["rules"] if rule["blocks"] is None]
    assert unknown[0] == unknown_from
    assert len(unknown) == (1 if reason is Reason.PACE_REACHED else len(Reason) - [*Reason].index(unknown_from))


def test_a_device_or_a_deployment_that_is_not_there_is_404(
    case: Case,
) -> None:
    deployment = case.deploy(case.first)
    for target in (f"{deployment}/devices/nobody", f"nothing/devices/{case.first.id}"):
        refusal(404, "not_found", case.native.call("GET", f"{DEPLOYMENTS}/{target}/explain"))
