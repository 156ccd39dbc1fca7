"""Deployments with a plan: who is let in when, and what becomes of whom (design section 7)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier, local

import pytest

from sluiceway.domain import planning
from sluiceway.domain.artifacts import Provides
from sluiceway.domain.counters import ADMITTED, IN_FLIGHT, ended_in, let_in
from sluiceway.domain.deadlines import Deadlines
from sluiceway.domain.deployment import Definition, Deployment
from sluiceway.domain.device import AuthStatus
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.errors import DeploymentFinished, DeploymentState
from sluiceway.domain.holds import MOST_LATENESS, Hold, Reason
from sluiceway.domain.pace import Pace
from sluiceway.domain.plan import Plan, PlannedPhase
from sluiceway.domain.retry import RetryPolicy
from sluiceway.domain.windows import Window
from sluiceway.storage import deployment_items
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import Table, Write
from sluiceway.usecases import aims
from sluiceway.usecases import create_deployment as creation
from sluiceway.usecases.create_deployment import create_deployment
from sluiceway.usecases.pass_deadlines import pass_deadlines
from sluiceway.usecases.ports import Claims
from sluiceway.usecases.saved_filters import save_filter
from sluiceway.usecases.seed_rows import seed_rows
from sluiceway.usecases.set_auth_status import AuthDecision, set_auth_status
from sluiceway.usecases.steer_deployment import pause_deployment, resume_deployment
from tests.engine.planned import ask_why, deploy, name, progress, reasons, statuses
from tests.support.app import NOW
from tests.support.capacity import measured
from tests.support.fleet import BOARD, LINUX, WORKSPACE, Fleet

HOUR = timedelta(hours=1)
HALVES = (PlannedPhase(percent=50), PlannedPhase())
KEY = "api_key_of_an_operator"


@pytest.fixture(params=["memory", pytest.param("engine", marks=pytest.mark.engine)])
def fleet(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    monkeypatch.setattr(creation, "shards_for", lambda _: 4)
    for bound in ("_LET_IN_PER_SHARD", "_AT_WORK_PER_SHARD"):
        monkeypatch.setattr(planning, bound, 1)
    table: Table = MemoryTable() if request.param == "memory" else request.getfixturevalue("engine_table")
    return Fleet(table)


def poll_all(fleet: Fleet, devices: list[Claims], now: datetime = NOW) -> set[str]:
    """Let all ask side by side, and return the ids of those that were offered something."""
    with ThreadPoolExecutor(len(devices)) as pool:
        offers = pool.map(lambda device: fleet.poll(device, now=now), devices)
        return {name(device) for device, offer in zip(devices, offers, strict=True) if offer}


@pytest.mark.parametrize("is_list", [True, False], ids=["list", "cut"])
def test_only_devices_of_open_phases_are_let_in_however_many_ask(fleet: Fleet, *, is_list: bool) -> None:
    devices = [fleet.accept() for _ in range(12)]
    deployment_id = deploy(fleet, Plan(HALVES, seed="s"), *(devices if is_list else []))
    early = poll_all(fleet, devices)
    assert early == poll_all(fleet, devices)
    assert len(early) == 6
    tally = progress(fleet, deployment_id).tally
    assert (tally[ADMITTED], tally[let_in(0)]) == (len(early), len(early))
    late = [device for device in devices if name(device) not in early]
    assert {tuple(reasons(fleet, deployment_id, device)) for device in late} == {(Reason.PHASE_NOT_OPEN,)}


TO_THE_LAB = Definition("to the lab", "app-1", group="lab")


@pytest.mark.parametrize("target", [Definition("to all", "app-1", all_devices=True), TO_THE_LAB])
def test_a_canary_of_one_device_is_one_whatever_the_seed(fleet: Fleet, target: Definition) -> None:
    devices = [fleet.accept() for _ in range(8)]
    fleet.put_in_group("lab", *devices)
    _reject(fleet, devices.pop())
    for seed in ("one", "another", "a third", "a fourth"):
        made = _deploy_canary(fleet, replace(target, name=seed), seed)
        assert made.size == len(devices)
        assert [made.row_of(name(each)).phase for each in devices].count(0) == 1


def test_of_a_filter_as_well_and_who_comes_later_is_where_its_position_says(fleet: Fleet) -> None:
    devices = [fleet.accept() for _ in range(4)]
    saved = save_filter(fleet.service, WORKSPACE, "linux", (LINUX,))
    few = _deploy_canary(fleet, Definition("to nearly nobody", "app-1", filter_id=saved), "s", percent=50)
    assert few.size == 0
    for each in devices:
        fleet.tell(each, os="linux")
    made = _deploy_canary(fleet, Definition("to a filter", "app-1", filter_id=saved), "s", devices=1)
    assert [made.row_of(name(each)).phase for each in devices].count(0) == 1
    late = {made.row_of(f"device-{number}").phase for number in range(100)}
    assert late == {0, 1}


def test_phases_are_about_their_share_where_a_device_left_while_they_were_made(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices = [fleet.accept() for _ in range(8)]
    fleet.put_in_group("lab", *devices)
    monkeypatch.setattr(aims, "members_of", lambda *_: [name(devices[0])])
    made = _deploy_canary(fleet, TO_THE_LAB, "s", percent=50)
    assert (made.size, made.steering.has_exact_phases) == (8, False)


def _reject(fleet: Fleet, device: Claims) -> None:
    decision = AuthDecision(name(device), str(device["jti"]), AuthStatus.REJECTED)
    set_auth_status(fleet.service, WORKSPACE, decision, NOW)


def _deploy_canary(fleet: Fleet, target: Definition, seed: str, **canary: float) -> Deployment:
    plan = Plan((PlannedPhase(**(canary or {"devices": 1})), PlannedPhase()), seed=seed)  # type: ignore[arg-type]
    made = create_deployment(fleet.service, WORKSPACE, replace(target, plan=plan), NOW)
    return progress(fleet, made).deployment


def test_the_worker_that_seeds_a_long_list_puts_each_device_into_the_phase_of_the_whole_list(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, size in ((creation, "SEEDED_BEFORE_COMMIT"), (creation, "INLINE_TARGETS")):
        monkeypatch.setattr(module, size, 2)
    monkeypatch.setattr(deployment_items, "INLINE_TARGETS", 2)
    devices = [fleet.accept() for _ in range(6)]
    deployment_id = deploy(fleet, Plan(HALVES), *devices)
    seed_rows(fleet.service, progress(fleet, deployment_id).deployment)
    assert len(poll_all(fleet, devices)) == 3


def test_never_more_devices_work_at_once_than_the_cap_however_many_ask(fleet: Fleet) -> None:
    devices = [fleet.accept() for _ in range(20)]
    deployment_id = deploy(fleet, Plan(most_in_flight=3), *devices)
    working = poll_all(fleet, devices)
    assert len(working) == 3
    assert progress(fleet, deployment_id).tally[IN_FLIGHT] == 3
    waiting = next(device for device in devices if name(device) not in working)
    assert reasons(fleet, deployment_id, waiting) == [Reason.IN_FLIGHT_REACHED]
    done = next(device for device in devices if name(device) in working)
    fleet.report(done, deployment_id, Status.SUCCESS)
    assert len(poll_all(fleet, [device for device in devices if name(device) not in working])) == 1


def test_of_fifty_devices_that_ask_at_once_for_the_last_place_one_gets_it(fleet: Fleet) -> None:
    working, *asking = [fleet.accept() for _ in range(51)]
    deployment_id = deploy(fleet, Plan(most_in_flight=2), working, *asking)
    assert fleet.poll(working)
    assert len(poll_all(fleet, asking)) == 1
    assert progress(fleet, deployment_id).tally[IN_FLIGHT] == 2


class EverybodyReadsFirst(MemoryTable):
    """Lets nobody write before so many have read what they go by."""

    meeting: Barrier | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self._met = local()

    def write(self, *writes: Write) -> None:
        if self.meeting and not hasattr(self._met, "everybody"):
            self._met.everybody = self.meeting.wait(timeout=60)
        super().write(*writes)


@pytest.mark.parametrize("plan", [Plan(most_in_flight=2), Plan(pace=Pace(per_minute=2))], ids=["cap", "pace"])
def test_of_a_thousand_devices_that_all_find_the_last_place_free_one_gets_it(
    monkeypatch: pytest.MonkeyPatch, plan: Plan
) -> None:
    monkeypatch.setattr(planning, "_most_shards", lambda _: 4)
    table = EverybodyReadsFirst()
    fleet = Fleet(table)
    working, *asking = [fleet.accept() for _ in range(1_001)]
    deployment_id = deploy(fleet, plan)
    assert fleet.poll(working)
    table.meeting = Barrier(len(asking))
    with ThreadPoolExecutor(len(asking)) as pool:
        offers = list(pool.map(lambda device: fleet.poll(device, now=NOW + timedelta(seconds=30)), asking))
    assert len([offer for offer in offers if offer]) == 1
    assert progress(fleet, deployment_id).tally[IN_FLIGHT] == 2


def test_who_makes_another_attempt_takes_a_place_under_the_cap_again(fleet: Fleet) -> None:
    first, second = fleet.accept(), fleet.accept()
    deployment_id = deploy(fleet, Plan(most_in_flight=1, retry=RetryPolicy(attempts=2)), first, second)
    working = poll_all(fleet, [first, second])
    device, other = (first, second) if name(first) in working else (second, first)
    fleet.report(device, deployment_id, Status.FAILURE)
    assert progress(fleet, deployment_id).tally[IN_FLIGHT] == 0
    assert fleet.poll(other)
    assert not fleet.poll(device)
    assert reasons(fleet, deployment_id, device) == [Reason.IN_FLIGHT_REACHED]
    fleet.report(other, deployment_id, Status.SUCCESS)
    assert fleet.poll(device)


def test_devices_are_let_in_at_the_pace_of_the_plan(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "_most_shards", lambda _: 1)
    devices = [fleet.accept() for _ in range(8)]
    deployment_id = deploy(fleet, Plan(pace=Pace(per_minute=2)), *devices)
    assert len(poll_all(fleet, devices)) == 1
    waiting = [device for device in devices if not ask_why(fleet, deployment_id, device).was_offered]
    (hold,) = ask_why(fleet, deployment_id, waiting[0]).holds
    assert hold == Hold(Reason.PACE_REACHED, NOW + timedelta(seconds=15), queue=timedelta(minutes=7 / 2))
    assert len(poll_all(fleet, devices, NOW + timedelta(seconds=15))) == 2
    assert len(poll_all(fleet, devices, NOW + timedelta(seconds=59))) == 2
    assert len(poll_all(fleet, devices, NOW + timedelta(minutes=1))) == 3


@pytest.mark.parametrize("shards", [1, 2, 4])
@pytest.mark.parametrize("idle", [timedelta(0), HOUR])
def test_within_no_minute_more_devices_are_let_in_than_the_pace_says(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, shards: int, idle: timedelta
) -> None:
    monkeypatch.setattr(planning, "_most_shards", lambda _: shards)
    devices = [fleet.accept() for _ in range(15)]
    deploy(fleet, Plan(pace=Pace(per_minute=5)), *devices)
    let_in, waiting = list[int](), list(devices)
    for second in range(0, 121, 3):
        for device in [*waiting]:
            if fleet.poll(device, now=NOW + idle + timedelta(seconds=second)):
                let_in.append(second)
                waiting.remove(device)
    assert max(sum(first <= second < first + 60 for second in let_in) for first in let_in) == 5
    assert len(let_in) >= 10


def test_a_shard_without_a_part_of_a_slow_pace_lends_its_devices_to_one_that_has(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "_most_shards", lambda _: 4)
    devices = [fleet.accept() for _ in range(4)]
    deploy(fleet, Plan(pace=Pace(per_minute=1)), *devices)
    assert [len(poll_all(fleet, devices, NOW + minute * timedelta(minutes=1))) for minute in range(4)] == [1, 2, 3, 4]


def test_a_pause_stops_offers_at_once_and_a_resume_lets_them_go_on(fleet: Fleet) -> None:
    first, second = fleet.accept(), fleet.accept()
    deployment_id = deploy(fleet, Plan(), first, second)
    assert fleet.poll(first)
    pause_deployment(fleet.service, WORKSPACE, deployment_id, KEY, NOW)
    assert not fleet.poll(second)
    assert fleet.poll(first), "what was offered goes on"
    assert reasons(fleet, deployment_id, second) == [Reason.PAUSED]
    with pytest.raises(DeploymentState):
        pause_deployment(fleet.service, WORKSPACE, deployment_id, KEY, NOW)
    resume_deployment(fleet.service, WORKSPACE, deployment_id, KEY, NOW)
    assert fleet.poll(second)
    with pytest.raises(DeploymentState):
        resume_deployment(fleet.service, WORKSPACE, deployment_id, KEY, NOW)


def test_a_deployment_without_a_plan_can_be_paused_too(fleet: Fleet) -> None:
    device = fleet.accept()
    deployment_id = fleet.deploy(device)
    pause_deployment(fleet.service, WORKSPACE, deployment_id, KEY, NOW)
    assert not fleet.poll(device)
    assert progress(fleet, deployment_id).deployment.steering.commands == ()


def test_what_has_ended_cannot_be_paused(fleet: Fleet) -> None:
    device = fleet.accept()
    deployment_id = deploy(fleet, Plan(), device)
    assert fleet.poll(device)
    fleet.report(device, deployment_id, Status.SUCCESS)
    with pytest.raises(DeploymentFinished):
        pause_deployment(fleet.service, WORKSPACE, deployment_id, KEY, NOW)


def test_a_pause_is_not_made_up_for(fleet: Fleet) -> None:
    devices = [fleet.accept() for _ in range(6)]
    deployment_id = deploy(fleet, Plan(pace=Pace(per_minute=1)), *devices)
    pause_deployment(fleet.service, WORKSPACE, deployment_id, KEY, NOW)
    resume_deployment(fleet.service, WORKSPACE, deployment_id, KEY, NOW + HOUR)
    assert len(poll_all(fleet, devices, NOW + HOUR)) == 1


def test_nothing_is_offered_before_the_start_nor_after_the_end(fleet: Fleet) -> None:
    device = fleet.accept()
    plan = Plan(start=NOW + HOUR, end=NOW + 2 * HOUR)
    deployment_id = deploy(fleet, plan, device)
    assert not fleet.poll(device)
    (*_, hold) = ask_why(fleet, deployment_id, device).holds
    assert hold.until == NOW + HOUR
    assert reasons(fleet, deployment_id, device, NOW + 2 * HOUR)[0] is Reason.ENDED
    assert not fleet.poll(device, now=NOW + 2 * HOUR)


def test_nothing_is_offered_outside_of_the_devices_own_maintenance_window(fleet: Fleet) -> None:
    device = fleet.accept()
    fleet.tell(device, time_zone="Asia/Tokyo")
    tokyo = timedelta(hours=9)
    opens = NOW + 2 * HOUR
    window = Window(frozenset(range(7)), (opens + tokyo).time(), HOUR)
    deployment_id = deploy(fleet, Plan(windows=(window,)), device)
    (hold,) = ask_why(fleet, deployment_id, device).holds
    assert (hold.reason, hold.until) == (Reason.OUTSIDE_WINDOW, opens)
    assert not fleet.poll(device, now=opens - timedelta(seconds=1))
    assert fleet.poll(device, now=opens)


def test_a_device_that_asks_when_told_comes_within_its_window(fleet: Fleet) -> None:
    devices = [fleet.accept() for _ in range(8)]
    opens = NOW + 20 * HOUR
    tonight = Window(frozenset(range(7)), opens.time(), timedelta(minutes=2))
    deploy(fleet, Plan(windows=(tonight,)), *devices)
    for device in devices:
        wait = fleet.ask(device, Provides("app-0", BOARD, {}), NOW).ask_again_after(name(device), NOW)
        assert wait
        assert fleet.poll(device, now=NOW + timedelta(seconds=wait))


def test_of_two_deployments_the_more_urgent_goes_first_and_ends_the_devices_part_in_the_older(fleet: Fleet) -> None:
    device, other = fleet.accept(), fleet.accept()
    older = deploy(fleet, Plan(), device, other)
    urgent = deploy(fleet, Plan(priority=5), device)
    assert ask_why(fleet, older, device).ahead == urgent
    offer = fleet.poll(device)
    assert offer
    assert offer.deployment_id == urgent
    assert statuses(fleet, older) == {name(device): Status.SUPERSEDED, name(other): Status.PENDING}
    assert reasons(fleet, older, device) == [Reason.SUPERSEDED, Reason.PART_ENDED]


def test_the_end_of_a_deployment_that_takes_no_more_devices_is_not_moved_by_something_more_urgent(fleet: Fleet) -> None:
    first, late = fleet.accept(), fleet.accept()
    older = deploy(fleet, Plan(most_devices=1), first, late)
    assert fleet.poll(first)
    fleet.report(first, older, Status.SUCCESS)
    ended = progress(fleet, older).finished_at
    deploy(fleet, Plan(priority=5), late)
    assert fleet.poll(late, now=NOW + HOUR)
    assert statuses(fleet, older)[name(late)] is Status.SUPERSEDED
    assert progress(fleet, older).finished_at == ended == NOW


def test_a_device_that_keeps_silent_times_out_and_frees_its_place(fleet: Fleet) -> None:
    silent = fleet.accept()
    plan = Plan(most_in_flight=1, deadlines=Deadlines(offered=HOUR, installing=2 * HOUR))
    deployment_id = deploy(fleet, plan, silent)
    assert fleet.poll(silent)
    deployment = progress(fleet, deployment_id).deployment
    assert pass_deadlines(fleet.service, deployment, NOW + HOUR - timedelta(seconds=1)) == NOW + HOUR
    assert statuses(fleet, deployment_id) == {name(silent): Status.PENDING}
    assert pass_deadlines(fleet.service, deployment, NOW + HOUR) is None
    tally = progress(fleet, deployment_id).tally
    assert statuses(fleet, deployment_id) == {name(silent): Status.TIMED_OUT}
    assert (tally[IN_FLIGHT], tally[ended_in(0, Status.TIMED_OUT)]) == (0, 1)
    fleet.report(silent, deployment_id, Status.SUCCESS)
    assert statuses(fleet, deployment_id) == {name(silent): Status.SUCCESS}, "a late success counts"


def test_a_device_that_never_comes_back_for_its_next_attempt_times_out(fleet: Fleet) -> None:
    gone = fleet.accept()
    plan = Plan(retry=RetryPolicy(2, base=HOUR, jitter=0), deadlines=Deadlines(retrying=HOUR))
    deployment_id = deploy(fleet, plan, gone)
    assert fleet.poll(gone)
    fleet.report(gone, deployment_id, Status.FAILURE)
    deployment = progress(fleet, deployment_id).deployment
    due = pass_deadlines(fleet.service, deployment, NOW)
    assert due == NOW + 2 * HOUR
    pass_deadlines(fleet.service, deployment, due)
    last = pass_deadlines(fleet.service, deployment, due)
    assert last
    assert last > due + MOST_LATENESS
    assert statuses(fleet, deployment_id) == {name(gone): Status.PENDING}
    assert pass_deadlines(fleet.service, deployment, last) is None
    ended = progress(fleet, deployment_id)
    assert (ended.tally[IN_FLIGHT], ended.tally[ended_in(0, Status.TIMED_OUT)]) == (0, 1)
    assert ended.has_finished


def test_a_success_is_withdrawn_when_the_device_comes_back_on_what_it_had(fleet: Fleet) -> None:
    device = fleet.accept()
    deployment_id = deploy(fleet, Plan(), device)
    assert fleet.poll(device, installed="app-0")
    fleet.report(device, deployment_id, Status.SUCCESS)
    fleet.poll(device, installed="app-1")
    assert statuses(fleet, deployment_id) == {name(device): Status.SUCCESS}
    fleet.poll(device, installed="app-0")
    tally = progress(fleet, deployment_id).tally
    assert statuses(fleet, deployment_id) == {name(device): Status.FAILURE}
    assert (tally[ended_in(0, Status.FAILURE)], tally[ended_in(0, Status.SUCCESS)]) == (1, 0)


@pytest.mark.parametrize("end", [Status.FAILURE, Status.NOARTIFACT, Status.TIMED_OUT])
def test_a_success_is_withdrawn_also_after_something_newer_has_ended_in_vain(fleet: Fleet, end: Status) -> None:
    device = fleet.accept()
    fleet.upload("app-2")
    deployment_id = deploy(fleet, Plan(), device)
    assert fleet.poll(device, installed="app-0")
    fleet.report(device, deployment_id, Status.SUCCESS)
    end_in_vain(fleet, device, end)
    fleet.poll(device, installed="app-1")
    assert statuses(fleet, deployment_id) == {name(device): Status.SUCCESS}
    fleet.poll(device, installed="app-0")
    assert statuses(fleet, deployment_id) == {name(device): Status.FAILURE}


def end_in_vain(fleet: Fleet, device: Claims, end: Status) -> None:
    """Let the device end something newer, which brings it nothing."""
    deployment_id = deploy(fleet, Plan(deadlines=Deadlines(offered=HOUR)), device, release="app-2")
    fleet.poll(device, installed="app-1", board="board-b" if end is Status.NOARTIFACT else BOARD)
    if end is Status.FAILURE:
        fleet.report(device, deployment_id, end)
    elif end is Status.TIMED_OUT:
        pass_deadlines(fleet.service, progress(fleet, deployment_id).deployment, NOW + HOUR)
    assert statuses(fleet, deployment_id) == {name(device): end}


def test_a_success_is_not_withdrawn_after_something_newer_has_succeeded(fleet: Fleet) -> None:
    device = fleet.accept()
    fleet.upload("app-2")
    older, newer = deploy(fleet, Plan(), device), deploy(fleet, Plan(), device, release="app-2")
    for deployment_id, installed in ((older, "app-0"), (newer, "app-1")):
        assert fleet.poll(device, installed=installed)
        fleet.report(device, deployment_id, Status.SUCCESS)
    fleet.poll(device, installed="app-0")
    assert statuses(fleet, older) == statuses(fleet, newer) == {name(device): Status.SUCCESS}


def test_who_installs_again_what_it_has_does_not_come_back_on_it(fleet: Fleet) -> None:
    device = fleet.accept()
    definition = replace(fleet.definition(device), plan=Plan(), force_installation=True)
    deployment_id = create_deployment(fleet.service, WORKSPACE, definition, NOW)
    assert fleet.poll(device, installed="app-1")
    fleet.report(device, deployment_id, Status.SUCCESS)
    fleet.poll(device, installed="app-1")
    assert statuses(fleet, deployment_id) == {name(device): Status.SUCCESS}


def test_a_device_between_two_attempts_is_given_what_is_more_urgent(fleet: Fleet) -> None:
    device = fleet.accept()
    older = deploy(fleet, Plan(retry=RetryPolicy(attempts=2, base=HOUR, cap=HOUR)), device)
    assert fleet.poll(device)
    fleet.report(device, older, Status.FAILURE)
    urgent = deploy(fleet, Plan(priority=1), device)
    offer = fleet.poll(device)
    assert offer
    assert offer.deployment_id == urgent


def test_a_head_with_a_plan_of_some_phases_stays_below_one_write_unit(fleet: Fleet) -> None:
    """So that a pause costs one."""
    phases = tuple(PlannedPhase(percent=20, start=NOW + n * HOUR if n else None) for n in range(5))
    plan = Plan(phases, most_in_flight=100, pace=Pace(per_minute=10), deadlines=Deadlines(offered=HOUR))
    deployment_id = deploy(fleet, plan, *[fleet.accept() for _ in range(5)])
    with measured(fleet.table) as meter:
        pause_deployment(fleet.service, WORKSPACE, deployment_id, KEY, NOW)
    assert meter.usage.write_units == 1
