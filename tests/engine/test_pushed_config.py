"""Configuration under a plan: as phases open, devices get config deployments of their own (design section 7)."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sluiceway.domain.config_deployment import Activity, ConfigDeployment, Judge, Report, Target, Trouble
from sluiceway.domain.config_device import ConfigDevice
from sluiceway.domain.counters import IN_FLIGHT
from sluiceway.domain.deadlines import NO_DEADLINES, Deadlines
from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import DeviceDeployment, Status
from sluiceway.domain.errors import DeploymentState
from sluiceway.domain.gates import Gate, GateReason, Reaction
from sluiceway.domain.holds import Reason
from sluiceway.domain.plan import Plan, PlannedPhase
from sluiceway.domain.retry import RetryPolicy
from sluiceway.domain.slots import ConfigContent, SlotKind
from sluiceway.storage import keys
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Query
from sluiceway.usecases import advance_rollout, push_rollout
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.config_channel import VALIDATION_FAILED
from sluiceway.usecases.config_deployments import judge_config_deployment
from sluiceway.usecases.config_devices import delete_config_device
from sluiceway.usecases.config_releases import set_custom_validation
from sluiceway.usecases.config_state import load_config_state
from sluiceway.usecases.config_sync import deployments_at, hand_over, report_config
from sluiceway.usecases.create_pushed_deployment import PushedDefinition, create_pushed_deployment
from sluiceway.usecases.deployment_devices import deployment_devices
from sluiceway.usecases.deployments import Progress, load
from sluiceway.usecases.execution_waits import begin_wait
from sluiceway.usecases.explain import explain
from sluiceway.usecases.list_deployments import Search, list_deployments
from sluiceway.usecases.roll_back import roll_back
from sluiceway.usecases.rollouts import find_rollout
from sluiceway.usecases.rollouts import hand_over as replace_execution
from sluiceway.usecases.steer_deployment import pause_deployment, resume_deployment
from tests.support.app import NOW
from tests.support.configs import Catalogue
from tests.support.executions import advance
from tests.support.faults import AnswerLostError, Crash, Fault, FaultyTable, at_write
from tests.support.ticks import repair_due
from tests.unit.usecases.stores import WORKSPACE

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
KEY = "api_key_of_an_operator"
ALL_WELL = Gate(least_success_share=1.0)


class PushedConfig:
    """A release for some devices under a plan, and its execution, which looks when it is told to."""

    def __init__(self, plan: Plan, devices: int = 4) -> None:
        self.catalogue = Catalogue()
        self.service = self.catalogue.service
        self.devices = [self.catalogue.device() for _ in range(devices)]
        schema = self.catalogue.schema()
        self.release = self.catalogue.release(schema)
        self.content = ConfigContent(self.release.id, (self.catalogue.instance(of=schema).id,))
        new = PushedDefinition("wave", self.content, tuple(device.id for device in self.devices), plan)
        self.now = NOW
        self.id = create_pushed_deployment(self.service, WORKSPACE, new, NOW)

    def look(self, after: timedelta = timedelta(0)) -> datetime | None:
        self.now += after
        return advance(self.service, WORKSPACE, self.id, self.now)

    @property
    def progress(self) -> Progress:
        return load(self.service, WORKSPACE, self.id)

    @property
    def deployment(self) -> Deployment:
        return self.progress.deployment

    @property
    def pause(self) -> str:
        pause = self.deployment.steering.pause
        return pause.reason if pause else ""

    def rows(self) -> list[DeviceDeployment]:
        return deployment_devices(self.service, self.progress)

    def statuses(self) -> list[Status]:
        return [row.status for row in self.rows()]

    def given(self) -> dict[str, list[ConfigDeployment]]:
        """What each device has got and not dropped, by device; one that got nothing is left out."""
        live = {
            each.id: list(load_config_state(self.service, WORKSPACE, each.id).live.values()) for each in self.devices
        }
        return {device_id: deployments for device_id, deployments in live.items() if deployments}

    def every_deployment(self) -> list[str]:
        """The device of each config deployment that was ever made."""
        records = read_all(self.service.table, Query(keys.config_deployment_directory(WORKSPACE)))
        return [str(record.item["device"]) for record in records]

    def report(self, device_ids: Iterable[str], error: Trouble = Trouble.NONE) -> None:
        """Let devices fetch what they were given and say what became of it."""
        activity = Activity.QUEUED if error is Trouble.FAILED else Activity.DEPLOYED
        for device_id in list(device_ids):
            state = load_config_state(self.service, WORKSPACE, device_id)
            for each in hand_over(self.service, state, deployments_at(state, {Activity.QUEUED}), self.now):
                report_config(self.service, state, each.id, Report(activity, error), self.now)


def halves(gate: Gate, **plan: object) -> Plan:
    return Plan((PlannedPhase(percent=50, gate=gate), PlannedPhase()), **plan)  # type: ignore[arg-type]


def test_nothing_reaches_a_device_before_the_execution_looks() -> None:
    it = PushedConfig(halves(ALL_WELL))
    assert it.given() == {}
    assert it.statuses() == [Status.PENDING] * 4


def test_as_a_phase_opens_its_devices_get_a_config_deployment_with_target_deployed() -> None:
    it = PushedConfig(halves(ALL_WELL))
    it.look()
    given = it.given()
    assert len(given) == 2
    for (made,) in given.values():
        assert (made.target, made.activity, made.release_id) == (Target.DEPLOYED, Activity.QUEUED, it.release.id)
        assert made.instance_ids == it.content.instance_ids


def test_phase_by_phase_it_comes_to_its_end() -> None:
    it = PushedConfig(halves(ALL_WELL))
    it.look()
    first = it.given()
    it.report(first)
    it.look(MINUTE)
    assert it.deployment.open_phase == 1
    second = it.given().keys() - first.keys()
    assert len(second) == 2
    it.report(second)
    assert it.look(MINUTE) is None
    assert it.progress.has_finished
    assert it.statuses() == [Status.SUCCESS] * 4


def test_a_phase_that_fails_pauses_the_rollout_and_nobody_else_gets_anything() -> None:
    it = PushedConfig(halves(ALL_WELL))
    it.look()
    first = it.given()
    it.report(first, Trouble.FAILED)
    it.look(MINUTE)
    it.look(MINUTE)
    assert it.pause == GateReason.SUCCESS_SHARE_TOO_LOW
    assert it.given() == {}
    resume_deployment(it.service, WORKSPACE, it.id, KEY, it.now)
    it.look()
    assert len(it.given().keys() - first.keys()) == 2


def test_an_operator_s_pause_holds_back_what_was_not_pushed() -> None:
    it = PushedConfig(Plan(most_in_flight=1))
    it.look()
    (first,) = it.given()
    pause_deployment(it.service, WORKSPACE, it.id, KEY, it.now)
    it.report([first])
    it.look(MINUTE)
    assert list(it.given()) == [first]


def test_no_more_devices_than_the_cap_work_on_it_at_once() -> None:
    it = PushedConfig(Plan(most_in_flight=1))
    for number in range(4):
        it.look(MINUTE)
        it.look()
        given = it.given()
        assert len(given) == number + 1
        it.report(given)
    assert it.look(MINUTE) is None


@pytest.mark.parametrize("deadlines", [NO_DEADLINES, Deadlines(offered=HOUR, installing=HOUR)])
def test_a_device_that_fetched_it_and_said_no_more_is_installing(deadlines: Deadlines) -> None:
    it = PushedConfig(Plan(deadlines=deadlines), devices=1)
    it.look()
    state = load_config_state(it.service, WORKSPACE, it.devices[0].id)
    hand_over(it.service, state, deployments_at(state, {Activity.QUEUED}), it.now)
    it.look(MINUTE)
    assert it.statuses() == [Status.INSTALLING]


def test_a_failure_is_tried_again_as_the_plan_has_it_with_another_config_deployment() -> None:
    it = PushedConfig(Plan(retry=RetryPolicy(attempts=2, base=HOUR, cap=HOUR, jitter=0)), devices=1)
    it.look()
    it.report(it.given(), Trouble.FAILED)
    again = it.look(MINUTE)
    assert it.given() == {}
    assert again is not None
    it.look(HOUR)
    assert len(it.given()) == 1
    it.report(it.given())
    assert it.look(MINUTE) is None
    (row,) = it.rows()
    assert (row.status, row.attempt) == (Status.SUCCESS, 2)


def test_what_somebody_else_put_in_its_place_is_superseded() -> None:
    it = PushedConfig(Plan(), devices=1)
    it.look()
    it.catalogue.deployed(it.devices[0], it.catalogue.release(version="v2"))
    it.look(MINUTE)
    assert it.statuses() == [Status.SUPERSEDED]


@pytest.mark.parametrize("looks", [0, 1])
def test_a_device_that_was_deleted_has_ended(looks: int) -> None:
    it = PushedConfig(Plan(), devices=1)
    for _ in range(looks):
        it.look()
    delete_config_device(it.service, WORKSPACE, it.devices[0].id, it.now)
    it.look(MINUTE)
    it.look(MINUTE)
    assert it.statuses() == [Status.DECOMMISSIONED]


def test_silence_is_a_time_out_and_a_success_after_it_is_late() -> None:
    it = PushedConfig(Plan(deadlines=Deadlines(offered=HOUR), most_in_flight=1), devices=2)
    it.look()
    (silent,) = it.given()
    it.look(HOUR)
    assert sorted(it.statuses()) == [Status.PENDING, Status.TIMED_OUT]
    it.report([silent])
    it.look(MINUTE)
    row = next(row for row in it.rows() if row.device_id == silent)
    assert (row.status, row.late) == (Status.SUCCESS, True)


def test_devices_of_one_phase_are_pushed_some_at_a_time_without_a_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sluiceway.usecases.push_rollout.MOST_AT_ONCE", 3)
    monkeypatch.setattr("sluiceway.usecases.push_rollout.MOST_TOGETHER", 3)
    it = PushedConfig(Plan())
    assert it.look() == it.now
    assert len(it.given()) == 3
    it.look()
    assert len(it.given()) == 4


@pytest.mark.parametrize("number", range(14))
@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LOSE_ANSWER])
def test_an_execution_that_dies_at_any_write_pushes_nothing_twice_and_forgets_nobody(fault: Fault, number: int) -> None:
    it = PushedConfig(Plan(), devices=2)
    dying = replace(it.service, table=FaultyTable(it.service.table, at_write(number, fault)))
    with suppress(Crash, AnswerLostError):
        advance(dying, WORKSPACE, it.id, it.now)
    it.look()
    it.look()
    assert sorted(it.every_deployment()) == sorted(device.id for device in it.devices)
    it.report(it.given())
    assert it.look(MINUTE) is None
    assert it.progress.tally[Status.SUCCESS] == 2


def test_a_repeated_look_pushes_nothing_twice() -> None:
    it = PushedConfig(Plan())
    it.look()
    it.look()
    assert len(it.every_deployment()) == 4


@pytest.mark.parametrize("step", ["push_open_phases", "_give", "_note"])
def test_an_execution_that_was_replaced_before_it_pushes_gives_nothing_twice(
    monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """It has decided already, or offered, or given: the newer one does the same in between."""
    it = PushedConfig(Plan(most_in_flight=3))
    module = advance_rollout if step == "push_open_phases" else push_rollout
    as_it_is = getattr(module, step)

    def late(*arguments: object) -> object:
        monkeypatch.setattr(module, step, as_it_is)
        replace_execution(it.service, WORKSPACE, it.id, 0)
        it.look()
        return as_it_is(*arguments)

    monkeypatch.setattr(module, step, late)
    advance_rollout.advance_rollout(it.service, WORKSPACE, it.id, 0, it.now)
    assert len(it.every_deployment()) == len(it.given()) == 3
    assert it.progress.tally[IN_FLIGHT] == 3
    assert all(row.artifact_id for row in it.rows() if row.is_in_flight)


def test_a_roll_back_gives_each_device_what_was_deployed_before() -> None:
    it = PushedConfig(Plan(), devices=1)
    former = it.catalogue.release(version="v0")
    (had,) = it.devices
    before = it.catalogue.deployed(had, former)
    it.look()
    it.report(it.given())
    it.look(MINUTE)
    undoing = roll_back(it.service, WORKSPACE, it.id, it.now)
    assert roll_back(it.service, WORKSPACE, it.id, it.now) == undoing
    advance(it.service, WORKSPACE, undoing, it.now)
    made = [each for each in it.given()[had.id] if each.target is Target.DEPLOYED]
    assert [(each.release_id, each.instance_ids) for each in made] == [(former.id, before.instance_ids)]
    it.report([had.id])
    assert advance(it.service, WORKSPACE, undoing, it.now) is None
    undone, back = it.deployment, load(it.service, WORKSPACE, undoing)
    assert (undone.rolled_back_by, back.deployment.rolls_back) == (undoing, it.id)
    assert (back.tally[Status.SUCCESS], back.deployment.size) == (1, 1)


def rolled_back(it: PushedConfig) -> str:
    undoing = roll_back(it.service, WORKSPACE, it.id, it.now)
    advance(it.service, WORKSPACE, undoing, it.now)
    return undoing


def statuses_of(it: PushedConfig, deployment_id: str) -> list[Status]:
    return [row.status for row in deployment_devices(it.service, load(it.service, WORKSPACE, deployment_id))]


def test_a_roll_back_takes_configuration_off_who_had_none_before() -> None:
    """At once where no device has seen it; else the device is told to remove it, and says that it has."""
    it = PushedConfig(Plan(), devices=2)
    it.look()
    has, unseen = it.devices
    it.report([has.id])
    it.look(MINUTE)
    undoing = rolled_back(it)
    assert [(each.target, each.activity) for each in it.given()[has.id]] == [(Target.ARCHIVED, Activity.DEPLOYED)]
    assert unseen.id not in it.given()
    assert all(load_config_state(it.service, WORKSPACE, each.id).device.slot.target == "" for each in it.devices)
    advance(it.service, WORKSPACE, undoing, it.now)
    assert sorted(statuses_of(it, undoing)) == [Status.PENDING, Status.SUCCESS]
    remove(it, has, Activity.REMOVING)
    advance(it.service, WORKSPACE, undoing, it.now)
    assert sorted(statuses_of(it, undoing)) == [Status.INSTALLING, Status.SUCCESS]
    remove(it, has, Activity.ARCHIVED)
    assert advance(it.service, WORKSPACE, undoing, it.now) is None
    assert statuses_of(it, undoing) == [Status.SUCCESS] * 2


def remove(it: PushedConfig, device: ConfigDevice, activity: Activity) -> None:
    """Let a device say how far it is with removing what it has."""
    state = load_config_state(it.service, WORKSPACE, device.id)
    (leaving,) = state.live
    report_config(it.service, state, leaving, Report(activity, Trouble.NONE), it.now)


def test_a_roll_back_archives_what_still_waits_for_its_verdict() -> None:
    it = PushedConfig(Plan(), devices=1)
    set_custom_validation(it.service, WORKSPACE, it.release.id, NOW, custom=True)
    it.look()
    undoing = rolled_back(it)
    assert it.given() == {}
    assert statuses_of(it, undoing) == [Status.SUCCESS]


@pytest.mark.parametrize("is_taken_off", [False, True])
def test_what_somebody_gives_a_device_meanwhile_is_not_taken_off(*, is_taken_off: bool) -> None:
    it = PushedConfig(Plan(), devices=1)
    it.look()
    it.report(it.given())
    it.look(MINUTE)
    undoing = rolled_back(it) if is_taken_off else roll_back(it.service, WORKSPACE, it.id, it.now)
    newer = it.catalogue.deployed(it.devices[0], it.catalogue.release(version="v2"))
    advance(it.service, WORKSPACE, undoing, it.now)
    assert statuses_of(it, undoing) == [Status.SUPERSEDED]
    assert load_config_state(it.service, WORKSPACE, it.devices[0].id).device.slot.target == newer.id


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER])
def test_a_roll_back_that_dies_at_any_write_takes_off_all_the_same(fault: Fault, number: int) -> None:
    it = PushedConfig(Plan(), devices=1)
    it.look()
    it.report(it.given())
    it.look(MINUTE)
    undoing = roll_back(it.service, WORKSPACE, it.id, it.now)
    dying = replace(it.service, table=FaultyTable(it.service.table, at_write(number, fault)))
    with suppress(Crash):
        advance(dying, WORKSPACE, undoing, it.now)
    advance(it.service, WORKSPACE, undoing, it.now)
    assert statuses_of(it, undoing) == [Status.PENDING]
    remove(it, it.devices[0], Activity.ARCHIVED)
    advance(it.service, WORKSPACE, undoing, it.now)
    assert statuses_of(it, undoing) == [Status.SUCCESS]


def test_where_nothing_was_pushed_there_is_nothing_to_roll_back() -> None:
    it = PushedConfig(Plan())
    with pytest.raises(DeploymentState):
        roll_back(it.service, WORKSPACE, it.id, it.now)


def aborted(it: PushedConfig) -> None:
    abort_deployment(it.service, WORKSPACE, it.id, it.now, by=KEY)


def target_of(it: PushedConfig, device: ConfigDevice) -> str:
    """The release that a device is to have, empty for none."""
    return load_config_state(it.service, WORKSPACE, device.id).device.slot.release


def test_who_fetched_it_and_did_not_apply_it_is_told_to_remove_it() -> None:
    it = PushedConfig(Plan(), devices=1)
    it.look()
    state = load_config_state(it.service, WORKSPACE, it.devices[0].id)
    hand_over(it.service, state, deployments_at(state, {Activity.QUEUED}), it.now)
    aborted(it)
    it.look()
    assert [(each.target, each.activity) for (each,) in it.given().values()] == [(Target.ARCHIVED, Activity.QUEUED)]


@pytest.mark.parametrize("had", [False, True])
def test_an_abort_archives_what_still_waits_for_its_verdict_and_nothing_else(*, had: bool) -> None:
    it = PushedConfig(Plan(), devices=1)
    before = [it.catalogue.deployed(it.devices[0], it.catalogue.release(version="v0")).id] if had else []
    set_custom_validation(it.service, WORKSPACE, it.release.id, NOW, custom=True)
    it.look()
    aborted(it)
    it.look()
    assert [each.id for deployments in it.given().values() for each in deployments] == before


def test_what_passed_its_validation_is_not_deployed_after_an_abort() -> None:
    it = PushedConfig(Plan(), devices=1)
    set_custom_validation(it.service, WORKSPACE, it.release.id, NOW, custom=True)
    it.look()
    validated(it, is_valid=True)
    aborted(it)
    it.look()
    assert it.given() == {}
    assert load_config_state(it.service, WORKSPACE, it.devices[0].id).device.slot.given == 0


def test_what_is_given_back_waits_for_its_verdict_and_is_then_deployed() -> None:
    it = PushedConfig(Plan(), devices=1)
    former = it.catalogue.release(version="v0")
    it.catalogue.deployed(it.devices[0], former)
    set_custom_validation(it.service, WORKSPACE, former.id, NOW, custom=True)
    it.look()
    aborted(it)
    assert it.look() == it.look() == it.now + MINUTE
    assert not begin_wait(it.service, WORKSPACE, it.id, 0, "token"), "the abort has been seen"
    validated(it, is_valid=True)
    assert it.look(MINUTE) is None
    assert target_of(it, it.devices[0]) == former.id


def test_no_more_devices_than_one_look_is_through_with_are_taken_back_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    it = PushedConfig(Plan(), devices=3)
    it.look()
    aborted(it)
    monkeypatch.setattr("sluiceway.usecases.push_rollout.MOST_AT_ONCE", 2)
    monkeypatch.setattr("sluiceway.usecases.push_rollout.MOST_TOGETHER", 1)
    assert it.look() == it.now
    assert len(it.given()) == 1
    it.look()
    assert it.given() == {}
    assert it.look() is None


def generation(it: PushedConfig) -> int:
    rollout = find_rollout(it.service, WORKSPACE, it.id)
    assert rollout
    return rollout.generation


def test_an_execution_that_is_lost_over_an_abort_is_replaced_until_nothing_is_left_to_take_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    it = PushedConfig(Plan(), devices=2)
    it.look()
    aborted(it)
    monkeypatch.setattr("sluiceway.usecases.push_rollout.MOST_AT_ONCE", 1)
    monkeypatch.setattr("sluiceway.usecases.push_rollout.MOST_TOGETHER", 1)
    it.look()
    repair_due(it.service, it.now + HOUR)
    assert generation(it) == 1
    it.look(HOUR)
    assert it.look() is None
    assert it.given() == {}
    repair_due(it.service, it.now + HOUR)
    assert generation(it) == 1


def test_what_an_abort_took_back_can_be_rolled_back_all_the_same() -> None:
    it = PushedConfig(Plan(), devices=1)
    it.look()
    aborted(it)
    it.look()
    assert statuses_of(it, rolled_back(it)) == [Status.SUCCESS]


def test_a_gate_can_roll_configuration_back() -> None:
    gate = Gate(most_failures=0, on_breach=Reaction.ROLL_BACK)
    it = PushedConfig(Plan((PlannedPhase(gate=gate),)), devices=1)
    it.catalogue.deployed(it.devices[0], it.catalogue.release(version="v0"))
    it.look()
    it.report(it.given(), Trouble.FAILED)
    it.look(MINUTE)
    assert it.deployment.rolled_back_by


def explained(it: PushedConfig, device: ConfigDevice) -> list[Reason]:
    return [hold.reason for hold in explain(it.service, WORKSPACE, it.id, device.id, it.now).holds]


def test_a_device_is_told_by_which_rule_it_waits() -> None:
    it = PushedConfig(halves(ALL_WELL, most_in_flight=1))
    assert {tuple(explained(it, each)) for each in it.devices} == {(), (Reason.PHASE_NOT_OPEN,)}
    it.look()
    later = [each for each in it.devices if each.id not in it.given()]
    assert {tuple(explained(it, each)) for each in later} == {
        (Reason.IN_FLIGHT_REACHED,),
        (Reason.PHASE_NOT_OPEN, Reason.IN_FLIGHT_REACHED),
    }
    pause_deployment(it.service, WORKSPACE, it.id, KEY, it.now)
    assert all(explained(it, each)[0] is Reason.PAUSED for each in later)
    assert explained(it, it.catalogue.device("another")) == [Reason.NOT_A_TARGET]


@pytest.mark.parametrize("number", range(1, 5))
def test_devices_get_their_rows_also_when_who_made_the_deployment_died_over_it(number: int) -> None:
    it = PushedConfig(Plan(), devices=2)
    dying = replace(it.service, table=FaultyTable(it.service.table, at_write(number, Fault.CRASH_BEFORE)))
    wanted = PushedDefinition("again", it.content, tuple(device.id for device in it.devices))
    abort_deployment(it.service, WORKSPACE, it.id, NOW)
    with suppress(Crash):
        create_pushed_deployment(dying, WORKSPACE, wanted, NOW)
    (again,) = [each for each in stored_deployments(it) if each != it.id]
    repair_due(it.service, NOW + MINUTE)
    advance(it.service, WORKSPACE, again, NOW)
    assert len(it.every_deployment()) == 2


def stored_deployments(it: PushedConfig) -> list[str]:
    search = Search(slots=frozenset(SlotKind))
    found, _ = list_deployments(it.service, WORKSPACE, search, skip=0, take=9)
    return [progress.deployment.id for progress in found]


def validated(it: PushedConfig, *, is_valid: bool) -> None:
    """Let the workspace's own validation judge all that waits for a verdict."""
    for device in it.devices:
        for each in load_config_state(it.service, WORKSPACE, device.id).live.values():
            judge_config_deployment(it.service, WORKSPACE, each.id, Judge(is_valid, "too fast"), it.now)


def test_what_is_pushed_is_validated_before_and_then_deployed() -> None:
    it = PushedConfig(Plan())
    set_custom_validation(it.service, WORKSPACE, it.release.id, NOW, custom=True)
    it.look()
    assert {each.activity for (each,) in it.given().values()} == {Activity.VALIDATING}
    validated(it, is_valid=True)
    it.look(MINUTE)
    assert {each.activity for (each,) in it.given().values()} == {Activity.QUEUED}
    it.report(it.given())
    assert it.look(MINUTE) is None
    assert it.statuses() == [Status.SUCCESS] * 4


def test_what_a_validation_refuses_fails_its_device_and_the_gate_sees_it() -> None:
    it = PushedConfig(halves(Gate(most_failures=0)))
    set_custom_validation(it.service, WORKSPACE, it.release.id, NOW, custom=True)
    it.look()
    validated(it, is_valid=False)
    it.look(MINUTE)
    it.look(MINUTE)
    failed = [row for row in it.rows() if row.status is Status.FAILURE]
    assert [row.substate for row in failed] == [VALIDATION_FAILED] * 2
    assert it.pause == GateReason.TOO_MANY_FAILURES
    assert it.deployment.open_phase == 0


def test_a_plan_can_try_again_what_its_validation_refused() -> None:
    codes = frozenset({VALIDATION_FAILED})
    it = PushedConfig(Plan(retry=RetryPolicy(attempts=2, base=HOUR, cap=HOUR, jitter=0, codes=codes)), devices=1)
    set_custom_validation(it.service, WORKSPACE, it.release.id, NOW, custom=True)
    it.look()
    validated(it, is_valid=False)
    it.look(MINUTE)
    it.look(HOUR)
    validated(it, is_valid=True)
    it.look(MINUTE)
    assert {each.activity for (each,) in it.given().values()} == {Activity.QUEUED}
    assert [row.attempt for row in it.rows()] == [2]


def test_nobody_is_silent_who_was_given_nothing_before_its_verdict() -> None:
    it = PushedConfig(Plan(deadlines=Deadlines(offered=HOUR)))
    set_custom_validation(it.service, WORKSPACE, it.release.id, NOW, custom=True)
    it.look()
    for _ in range(3):
        it.look(HOUR)
    assert it.statuses() == [Status.PENDING] * 4
    validated(it, is_valid=True)
    it.look(MINUTE)
    for _ in range(2):
        it.look(29 * MINUTE)
        assert it.statuses() == [Status.PENDING] * 4
    it.look(2 * MINUTE)
    assert it.statuses() == [Status.TIMED_OUT] * 4


def test_who_fetches_it_after_its_verdict_is_followed_as_without_one() -> None:
    it = PushedConfig(Plan(deadlines=Deadlines(offered=HOUR)))
    set_custom_validation(it.service, WORKSPACE, it.release.id, NOW, custom=True)
    it.look()
    it.look(HOUR)
    validated(it, is_valid=True)
    it.look(MINUTE)
    it.report(it.given())
    assert it.look(MINUTE) is None
    assert it.statuses() == [Status.SUCCESS] * 4


def test_a_device_that_fetched_it_and_says_no_more_is_silent_however_often_it_is_looked_at() -> None:
    it = PushedConfig(Plan(deadlines=Deadlines(installing=HOUR)), devices=1)
    it.look()
    (device,) = it.devices
    state = load_config_state(it.service, WORKSPACE, device.id)
    hand_over(it.service, state, deployments_at(state, {Activity.QUEUED}), it.now)
    it.look(MINUTE)
    assert it.statuses() == [Status.INSTALLING]
    it.look(59 * MINUTE)
    it.look(MINUTE)
    assert it.statuses() == [Status.TIMED_OUT]
