"""A rollout under way: its execution opens phases by the counters, and answers what goes wrong (design section 7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from sluiceway.domain.counters import let_in, statistics
from sluiceway.domain.deadlines import Deadlines
from sluiceway.domain.deployment import Deployment, State
from sluiceway.domain.device_deployment import Reported, Status
from sluiceway.domain.errors import DeploymentFinished, NotFound
from sluiceway.domain.gates import PASSED, Gate, GateReason, Holds, Reaction
from sluiceway.domain.holds import MOST_LATENESS
from sluiceway.domain.pace import Growth, Pace
from sluiceway.domain.plan import LET_FINISH_FOR, AtEnd, Plan, PlannedPhase
from sluiceway.domain.retry import RetryPolicy
from sluiceway.storage import keys
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import Put
from sluiceway.usecases import aims
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.create_deployment import create_deployment
from sluiceway.usecases.deployments import Progress, load
from sluiceway.usecases.execution_looks import MOST_LOOKS, take_look
from sluiceway.usecases.execution_waits import begin_wait, wake_execution
from sluiceway.usecases.ports import Claims
from sluiceway.usecases.report_status import report_status
from sluiceway.usecases.roll_back import roll_back
from sluiceway.usecases.rollouts import find_rollout, hand_over
from sluiceway.usecases.sessions import open_device_session
from sluiceway.usecases.steer_deployment import approve_phase, open_next_phase, pause_deployment, resume_deployment
from tests.support.app import NOW, RecordedRollouts
from tests.support.executions import advance
from tests.support.faults import AnswerLostError, Crash, Fault, FaultyTable, at_write
from tests.support.fleet import WORKSPACE, Fleet

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
KEY = "api_key_of_an_operator"
ALL_WELL = Gate(least_success_share=1.0)


class Rollout:
    """A deployment with a plan to some devices, and its execution, which looks when it is told to."""

    def __init__(self, plan: Plan, devices: int = 4, *, to_all: bool = False) -> None:
        self.fleet = Fleet(MemoryTable())
        self.fleet.upload("app-0")
        self.devices = [self.fleet.accept() for _ in range(devices)]
        targets = [] if to_all else self.devices
        definition = replace(self.fleet.definition(*targets), plan=plan)
        self.installed = {str(device["sub"]): "app-0" for device in self.devices}
        self.now = NOW
        self.id = create_deployment(self.fleet.service, WORKSPACE, definition, NOW)

    def look(self, after: timedelta = timedelta(0)) -> datetime | None:
        self.now += after
        return advance(self.fleet.service, WORKSPACE, self.id, self.now)

    @property
    def started(self) -> list[int]:
        """The generations that were started."""
        assert isinstance(self.fleet.service.rollouts, RecordedRollouts)
        return [generation for _, _, generation in self.fleet.service.rollouts.started]

    @property
    def progress(self) -> Progress:
        return load(self.fleet.service, WORKSPACE, self.id)

    @property
    def deployment(self) -> Deployment:
        return self.progress.deployment

    @property
    def pause(self) -> str:
        pause = self.deployment.steering.pause
        return pause.reason if pause else ""

    def offered(self) -> list[Claims]:
        """Let all devices ask, and return those that are offered this deployment."""
        return [device for device in self.devices if self.ask(device)]

    def ask(self, device: Claims) -> bool:
        """Let a device ask, with what it has; tell whether it is offered this deployment."""
        offer = self.fleet.poll(device, installed=self.installed[str(device["sub"])], now=self.now)
        return offer is not None and offer.deployment_id == self.id

    def report(self, devices: Sequence[Claims], status: Status) -> None:
        for device in devices:
            self.fleet.report(device, self.id, status)
            if status is Status.SUCCESS:
                self.installed[str(device["sub"])] = "app-1"

    def install(self, status: Status = Status.SUCCESS) -> int:
        """Let every device that is let in report; return how many did."""
        devices = self.offered()
        self.report(devices, status)
        return len(devices)


def halves(gate: Gate, **plan: object) -> Plan:
    return Plan((PlannedPhase(percent=50, gate=gate), PlannedPhase()), **plan)  # type: ignore[arg-type]


def test_a_creation_starts_the_execution() -> None:
    it = Rollout(Plan())
    assert isinstance(it.fleet.service.rollouts, RecordedRollouts)
    assert it.fleet.service.rollouts.started == [(WORKSPACE, it.id, 0)]


def test_phase_by_phase_it_comes_to_its_end() -> None:
    it = Rollout(halves(ALL_WELL))
    assert it.look() == NOW + MINUTE
    assert it.install() == 2
    assert it.deployment.open_phase == 0, "no phase opens without the execution"
    it.look(MINUTE)
    assert it.deployment.open_phase == 1
    assert it.install() == 2
    assert it.look(MINUTE) is None
    assert it.progress.has_finished


def test_a_look_that_runs_twice_or_beside_another_opens_one_phase() -> None:
    thirds = tuple(PlannedPhase(devices=1, gate=ALL_WELL) for _ in range(3))
    it = Rollout(Plan(thirds), devices=3)
    it.look()
    it.install()
    it.look(MINUTE)
    it.look()
    assert it.deployment.open_phase == 1


def test_a_phase_that_fails_pauses_the_rollout_until_an_operator_goes_on() -> None:
    it = Rollout(halves(ALL_WELL))
    it.look()
    it.install(Status.FAILURE)
    it.look(MINUTE)
    assert it.pause == GateReason.SUCCESS_SHARE_TOO_LOW
    assert it.offered() == []
    resume_deployment(it.fleet.service, WORKSPACE, it.id, KEY, it.now)
    it.look()
    assert (it.pause, it.deployment.open_phase, it.deployment.steering.commands) == ("", 1, ())
    assert it.install() == 2


def test_a_resume_is_not_undone_by_what_was_wrong_before_it() -> None:
    it = Rollout(halves(ALL_WELL))
    it.look()
    it.install(Status.FAILURE)
    it.look(MINUTE)
    resume_deployment(it.fleet.service, WORKSPACE, it.id, KEY, it.now)
    it.look()
    it.look(MINUTE)
    assert it.pause == ""


def test_an_operator_opens_the_next_phase_whatever_its_gate_says() -> None:
    it = Rollout(halves(Gate(needs_approval=True)))
    it.look()
    open_next_phase(it.fleet.service, WORKSPACE, it.id, KEY, it.now)
    open_next_phase(it.fleet.service, WORKSPACE, it.id, KEY, it.now)
    assert it.deployment.open_phase == 0, "only the execution opens it"
    it.look()
    assert it.deployment.open_phase == 1


def test_a_phase_that_needs_approval_waits_for_it() -> None:
    it = Rollout(halves(Gate(needs_approval=True)))
    it.look()
    it.install()
    it.look(MINUTE)
    assert it.deployment.open_phase == 0
    approve_phase(it.fleet.service, WORKSPACE, it.id, KEY, it.now)
    it.look()
    assert it.deployment.open_phase == 1


@pytest.mark.parametrize("gate", [Gate(most_failure_share=0.1), Gate(most_timeout_share=0.1), ALL_WELL])
def test_a_phase_whose_devices_all_have_nothing_to_install_is_passed_by_a_person_alone(gate: Gate) -> None:
    it = Rollout(halves(gate))
    it.look()
    for device in it.devices:
        it.fleet.poll(device, board="another-board", now=it.now)
    it.look(MINUTE)
    rollout = find_rollout(it.fleet.service, WORKSPACE, it.id)
    assert rollout
    assert rollout.run.of(0).verdict == Holds(GateReason.SAMPLE_TOO_SMALL)
    assert it.deployment.open_phase == 0
    open_next_phase(it.fleet.service, WORKSPACE, it.id, KEY, it.now)
    it.look()
    assert it.deployment.open_phase == 1


def test_no_phase_opens_during_a_pause() -> None:
    it = Rollout(halves(ALL_WELL))
    it.look()
    it.install()
    pause_deployment(it.fleet.service, WORKSPACE, it.id, KEY, it.now)
    it.look(MINUTE)
    assert it.deployment.open_phase == 0
    resume_deployment(it.fleet.service, WORKSPACE, it.id, KEY, it.now)
    it.look()
    assert it.deployment.open_phase == 1


def test_a_gate_can_abort_the_rollout() -> None:
    it = Rollout(halves(Gate(most_failures=0, on_breach=Reaction.ABORT)))
    it.look()
    it.report(it.offered()[:1], Status.FAILURE)
    assert it.look(MINUTE) is None
    assert it.deployment.state is State.ABORTED


def test_a_gate_can_roll_the_fleet_back() -> None:
    it = Rollout(halves(Gate(most_failures=0, on_breach=Reaction.ROLL_BACK)))
    it.look()
    first, second = it.offered()
    it.report([first], Status.SUCCESS)
    it.report([second], Status.FAILURE)
    assert it.look(MINUTE) is None
    assert it.deployment.state is State.ABORTED
    offer = it.fleet.poll(first, installed="app-1", now=it.now)
    assert offer
    assert (offer.deployment_id, offer.artifact.name) == (it.deployment.rolled_back_by, "app-0")


def test_what_brought_nobody_anything_is_aborted_where_it_is_to_be_rolled_back() -> None:
    it = Rollout(halves(Gate(most_failures=0, on_breach=Reaction.ROLL_BACK)))
    it.look()
    for device in it.devices:
        with suppress(NotFound):
            it.fleet.report(device, it.id, Status.FAILURE)
    assert it.look(MINUTE) is None
    assert it.deployment.state is State.ABORTED
    assert it.deployment.rolled_back_by == ""


def test_an_approval_that_comes_before_the_first_phase_is_kept_for_it() -> None:
    it = Rollout(halves(Gate(needs_approval=True), start=NOW + HOUR))
    it.look()
    approve_phase(it.fleet.service, WORKSPACE, it.id, KEY, it.now)
    it.look(HOUR)
    it.install()
    it.look(MINUTE)
    assert it.deployment.open_phase == 1


def test_a_look_that_finds_the_end_writes_it_down_before_it_lets_go() -> None:
    """Otherwise a device whose history is deleted could start over what no execution watches any more."""
    it = Rollout(Plan())
    it.look()
    it.install()
    assert it.look(MINUTE) is None
    assert it.deployment.state is State.FINISHED


def test_silence_is_a_time_out_and_counts_in_the_gate() -> None:
    it = Rollout(halves(Gate(most_timeouts=0), deadlines=Deadlines(offered=HOUR)))
    it.look()
    assert len(it.offered()) == 2
    again = it.look(MINUTE)
    assert again is not None
    assert again <= NOW + HOUR
    it.look(NOW + HOUR - it.now)
    assert it.pause == GateReason.TOO_MANY_TIMEOUTS
    assert it.progress.tally[Status.TIMED_OUT] == 2


def test_at_its_end_nobody_is_let_in_any_more_and_who_was_goes_on() -> None:
    it = Rollout(Plan(end=NOW + HOUR, most_in_flight=1))
    it.look()
    (working,) = it.offered()
    it.look(HOUR + MINUTE)
    assert it.deployment.steering.closed == it.now
    assert not it.progress.has_finished
    it.report([working], Status.SUCCESS)
    assert it.look(MINUTE) is None
    assert it.progress.has_finished


def test_who_never_comes_back_for_its_next_attempt_holds_up_no_end() -> None:
    it = Rollout(Plan(end=NOW + HOUR, retry=RetryPolicy(2), deadlines=Deadlines(retrying=2 * HOUR)))
    it.look()
    it.install(Status.FAILURE)
    again = it.look(HOUR + MINUTE)
    assert again is not None
    assert again <= NOW + 2 * HOUR
    assert not it.progress.has_finished
    it.look(HOUR - MINUTE + MOST_LATENESS)
    assert not it.progress.has_finished
    it.look(MINUTE)
    assert it.progress.tally[Status.TIMED_OUT] == 4
    assert it.progress.has_finished


def test_what_nobody_was_let_into_has_finished_at_its_end() -> None:
    it = Rollout(Plan(end=NOW + HOUR))
    it.look()
    it.look(HOUR + MINUTE)
    assert it.progress.has_finished
    assert it.progress.finished_at == it.now


def test_a_phase_of_all_devices_has_exactly_its_share_where_each_was_looked_at() -> None:
    it = Rollout(halves(ALL_WELL), devices=9, to_all=True)
    it.look()
    early = it.offered()
    assert len(early) == 5
    it.report(early[:4], Status.SUCCESS)
    it.look(MINUTE)
    assert it.deployment.open_phase == 0
    it.report(early[4:], Status.SUCCESS)
    it.look(MINUTE)
    assert it.deployment.open_phase == 1


def test_the_gate_of_a_share_of_more_devices_does_not_pass_by_its_first_successes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of 40 devices that nobody looked at about 20 are in the first phase, and hardly ever fewer than 10."""
    monkeypatch.setattr(aims, "MOST_RANKED", 39)
    it = Rollout(halves(ALL_WELL, seed="even"), devices=40, to_all=True)
    it.look()
    early = it.offered()
    assert 10 < len(early) < 30
    it.report(early[:9], Status.SUCCESS)
    it.look(MINUTE)
    assert it.deployment.open_phase == 0
    it.report(early[9:], Status.SUCCESS)
    it.look(MINUTE)
    assert it.deployment.open_phase == 1


def let_finish(**plan: object) -> Rollout:
    """Two of four devices are in a phase that never opens, since the plan ends before."""
    later = PlannedPhase(start=NOW + 30 * MINUTE)
    held = PlannedPhase(devices=2, gate=Gate(needs_approval=True))
    return Rollout(Plan((held, later), end=NOW + HOUR, at_end=AtEnd.LET_FINISH, **plan))  # type: ignore[arg-type]


def has_ended_with(it: Rollout, status: Status, devices: int) -> bool:
    """Look until nothing is left to look at; tell whether it has ended, and so many devices so."""
    for _ in range(4):
        if it.look(MINUTE) is None:
            break
    shown = statistics(it.deployment, it.progress.tally)
    return it.deployment.state is State.FINISHED and shown[status] == devices


def test_what_is_let_finish_ends_without_the_phases_that_never_opened() -> None:
    it = let_finish()
    it.look()
    (first, second) = it.offered()
    it.report([first], Status.SUCCESS)
    it.look(HOUR)
    assert it.deployment.steering.closed is None
    it.report([second], Status.SUCCESS)
    it.look(MINUTE)
    assert it.offered() == []
    assert has_ended_with(it, Status.ABORTED, 2)
    assert it.progress.finished_at == it.deployment.steering.closed


def test_what_is_let_finish_goes_on_for_devices_of_the_open_phases_that_come_late() -> None:
    it = let_finish()
    it.look()
    it.look(HOUR)
    assert it.install() == 2
    assert has_ended_with(it, Status.SUCCESS, 2)


def test_what_is_let_finish_waits_for_nobody_for_ever() -> None:
    it = let_finish()
    it.look()
    it.look(HOUR)
    it.look(LET_FINISH_FOR - HOUR)
    assert not has_ended_with(it, Status.ABORTED, 4), "the devices of the open phase may have come"
    it.now += LET_FINISH_FOR
    assert has_ended_with(it, Status.ABORTED, 4)


def test_a_poll_that_has_not_heard_that_nobody_is_let_in_any_more_is_not_left_out() -> None:
    """It read the head before that, and lets its device in after it."""
    it = let_finish()
    it.look()
    it.look(HOUR)
    before = it.fleet.table.get(keys.deployment(WORKSPACE, it.id))
    assert before is not None
    it.look(LET_FINISH_FOR)
    heard = it.fleet.table.get(keys.deployment(WORKSPACE, it.id))
    assert heard is not None
    it.fleet.table.write(Put(keys.deployment(WORKSPACE, it.id), before))
    late = it.offered()
    it.fleet.table.write(Put(keys.deployment(WORKSPACE, it.id), heard))
    it.look(MINUTE)
    assert not it.progress.has_finished
    it.report(late, Status.SUCCESS)
    assert has_ended_with(it, Status.SUCCESS, 2)


def test_at_its_end_a_plan_may_abort() -> None:
    it = Rollout(Plan(end=NOW + HOUR, at_end=AtEnd.ABORT))
    it.look()
    it.offered()
    assert it.look(HOUR) is None
    assert it.deployment.state is State.ABORTED


def test_the_pace_grows_with_the_successes() -> None:
    pace = Pace(per_minute=1, factor=2, every=1, growth=Growth.SUCCEEDED)
    it = Rollout(Plan(pace=pace), devices=12)
    rates = []
    for _ in range(3):
        it.look(MINUTE)
        rates.append(it.deployment.steering.per_minute)
        it.report(it.offered()[:1], Status.SUCCESS)
    assert rates == [1, 2, 4]


def test_who_is_offered_something_after_a_look_is_missed_no_later_than_twice_its_deadline() -> None:
    it = Rollout(Plan(deadlines=Deadlines(offered=10 * MINUTE)))
    it.look()
    it.now += 12 * HOUR
    again = it.look()
    assert again is not None
    assert again <= it.now + 10 * MINUTE


def wait(it: Rollout, generation: int = 0) -> bool:
    """Let the execution begin to wait; tell whether its wait ends at once."""
    return begin_wait(it.fleet.service, WORKSPACE, it.id, generation, "token")


def test_an_ended_deployment_is_watched_for_as_long_as_its_last_gate_soaks_and_waits_between_looks() -> None:
    it = Rollout(Plan((PlannedPhase(gate=Gate(soak=HOUR, on_breach=Reaction.ROLL_BACK)),)))
    it.look()
    it.install()
    assert it.look(MINUTE) == it.now + MINUTE
    assert it.progress.has_finished
    assert not wait(it)
    assert it.look(HOUR) is None


@pytest.mark.parametrize("outcome", [Status.SUCCESS, Status.FAILURE])
def test_the_last_gate_is_heard_when_its_soak_is_over_though_there_is_nothing_left_to_pause(outcome: Status) -> None:
    gate = Gate(most_failures=0, soak=HOUR)
    it = Rollout(Plan((PlannedPhase(gate=gate),)), devices=1)
    it.look()
    it.install()
    it.look(MINUTE)
    if outcome is Status.FAILURE:
        it.installed = dict.fromkeys(it.installed, "app-0")
        assert it.offered() == [], "the device came back on what it had: its success is withdrawn"
    assert it.look(HOUR) is None
    rollout = find_rollout(it.fleet.service, WORKSPACE, it.id)
    assert rollout is not None
    assert bool(rollout.run.of(0).passed_at) == (outcome is Status.SUCCESS)
    assert bool(rollout.run.breach) == (outcome is Status.FAILURE)
    assert it.pause == ""


def test_nothing_watches_what_was_aborted_while_its_gate_soaked() -> None:
    it = Rollout(halves(Gate(soak=HOUR, on_breach=Reaction.ROLL_BACK)))
    it.look()
    it.install()
    it.look(MINUTE)
    abort_deployment(it.fleet.service, WORKSPACE, it.id, it.now)
    assert wait(it), "an abort ends the wait"
    assert it.look() is None


def test_a_command_that_came_before_the_wait_ends_it() -> None:
    it = Rollout(halves(ALL_WELL))
    it.look()
    assert not wait(it)
    pause_deployment(it.fleet.service, WORKSPACE, it.id, KEY, it.now)
    assert wait(it)


def test_an_execution_is_woken_by_the_token_of_a_wait_that_began_while_the_command_was_written() -> None:
    it = Rollout(halves(ALL_WELL))
    it.look()
    rollouts = it.fleet.service.rollouts
    assert isinstance(rollouts, RecordedRollouts)
    rollouts.ended.add("ended")
    for token in ("ended", "newer"):
        before_it = it.progress
        assert not begin_wait(it.fleet.service, WORKSPACE, it.id, 0, token)
    assert before_it.task_token == "ended"
    wake_execution(it.fleet.service, before_it)
    assert rollouts.woken == ["ended", "newer"]


def test_an_execution_that_was_replaced_does_not_take_the_place_of_the_newer_one() -> None:
    it = Rollout(halves(ALL_WELL))
    hand_over(it.fleet.service, WORKSPACE, it.id, 0)
    assert not wait(it, generation=1)
    assert begin_wait(it.fleet.service, WORKSPACE, it.id, 0, "stale")
    pause_deployment(it.fleet.service, WORKSPACE, it.id, KEY, it.now)
    assert isinstance(it.fleet.service.rollouts, RecordedRollouts)
    assert it.fleet.service.rollouts.woken == ["stale", "token"]


def test_an_execution_that_has_looked_often_enough_lets_the_next_one_go_on() -> None:
    it = Rollout(halves(ALL_WELL))
    look = partial(take_look, it.fleet.service, WORKSPACE, it.id, 0, NOW)
    assert look(number=MOST_LOOKS - 1) == NOW + MINUTE
    assert look(number=MOST_LOOKS) is None
    assert it.started == [0, 1]
    assert look(number=1) is None
    assert it.started == [0, 1]


def test_an_execution_whose_last_look_finds_nothing_left_starts_no_other() -> None:
    it = Rollout(Plan())
    it.look()
    it.install()
    assert take_look(it.fleet.service, WORKSPACE, it.id, 0, NOW, number=MOST_LOOKS) is None
    assert it.started == [0]


def test_who_was_let_in_before_the_end_may_try_again_after_it() -> None:
    it = Rollout(Plan(end=NOW + HOUR, retry=RetryPolicy(attempts=2)), devices=1)
    it.look()
    assert it.install(Status.FAILURE) == 1
    it.look(HOUR + MINUTE)
    assert it.install() == 1
    assert it.progress.has_finished


def test_the_last_phase_can_be_approved() -> None:
    it = Rollout(Plan((PlannedPhase(gate=Gate(needs_approval=True)),)))
    it.look()
    it.report(it.offered()[:3], Status.SUCCESS)
    approve_phase(it.fleet.service, WORKSPACE, it.id, KEY, it.now)
    it.look()
    it.install()
    it.look(MINUTE)
    rollout = find_rollout(it.fleet.service, WORKSPACE, it.id)
    assert rollout is not None
    assert rollout.run.of(0).passed_at == it.now


def test_only_the_code_of_the_last_failure_counts() -> None:
    it = Rollout(Plan(retry=RetryPolicy(attempts=3, codes=frozenset({"no-network"}))), devices=1)
    (device,) = it.offered()
    session = open_device_session(it.fleet.service, device)
    report_status(it.fleet.service, session, it.id, Reported(Status.FAILURE, "no-network"), it.now)
    assert it.offered() == [device]
    it.report([device], Status.FAILURE)
    assert it.progress.tally[Status.FAILURE] == 1


@pytest.mark.parametrize("number", range(10))
@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LOSE_ANSWER])
def test_an_execution_that_dies_at_any_write_strands_nothing_and_opens_each_phase_once(
    fault: Fault, number: int
) -> None:
    """Also where it is to roll back what has ended: whoever looks after it goes on where it stopped."""
    last = Gate(most_failures=0, on_breach=Reaction.ROLL_BACK)
    it = Rollout(Plan((PlannedPhase(devices=1, gate=ALL_WELL), PlannedPhase(gate=last))), devices=3)
    dying = replace(it.fleet.service, table=FaultyTable(it.fleet.table, at_write(number, fault)))
    for outcome in (Status.SUCCESS, Status.FAILURE, Status.FAILURE):
        it.now += MINUTE
        with suppress(Crash, AnswerLostError):
            advance(dying, WORKSPACE, it.id, it.now)
        it.look()
        it.install(outcome)
    assert it.look(MINUTE) is None
    assert it.deployment.rolled_back_by
    assert (it.progress.tally[let_in(0)], it.progress.tally[let_in(1)]) == (1, 2)


def test_a_phase_with_more_devices_than_are_let_in_is_judged_by_those_that_are() -> None:
    gate = Gate(least_success_share=0.9, on_breach=Reaction.ROLL_BACK)
    it = Rollout(Plan((PlannedPhase(gate=gate),), most_devices=2))
    it.look()
    assert it.install(Status.FAILURE) == 2
    it.look(MINUTE)
    assert it.deployment.rolled_back_by


def test_a_phase_with_a_place_for_some_of_its_devices_alone_is_judged_by_those() -> None:
    halves_of_four = (PlannedPhase(percent=50, gate=ALL_WELL), PlannedPhase(gate=ALL_WELL))
    it = Rollout(Plan(halves_of_four, most_devices=3))
    it.look()
    it.install()
    it.look(MINUTE)
    assert it.install() == 1
    assert it.look(MINUTE) is None
    rollout = find_rollout(it.fleet.service, WORKSPACE, it.id)
    assert rollout
    assert [phase.verdict for phase in rollout.run.phases] == [PASSED, PASSED]


def ended_in_a_pause() -> Rollout:
    """A rollout that an operator paused, all of whose devices ended before it was looked at again."""
    it = Rollout(Plan((PlannedPhase(gate=Gate(most_failures=0, on_breach=Reaction.ROLL_BACK)),)), devices=2)
    it.look()
    devices = it.offered()
    pause_deployment(it.fleet.service, WORKSPACE, it.id, KEY, it.now)
    it.report(devices, Status.FAILURE)
    return it


def test_a_roll_back_that_a_pause_holds_up_follows_the_resume_though_all_devices_have_ended() -> None:
    it = ended_in_a_pause()
    assert it.look(MINUTE) == it.now + MINUTE
    assert it.look(24 * HOUR) == it.now + HOUR
    assert (it.deployment.rolled_back_by, it.progress.has_finished) == ("", True)
    resume_deployment(it.fleet.service, WORKSPACE, it.id, KEY, it.now)
    assert it.look() is None
    assert it.deployment.rolled_back_by


def test_a_resume_is_heard_though_no_look_has_seen_yet_what_it_lets_follow() -> None:
    it = ended_in_a_pause()
    resume_deployment(it.fleet.service, WORKSPACE, it.id, KEY, it.now)
    assert it.look(MINUTE) is None
    assert it.deployment.rolled_back_by


def test_an_operator_may_roll_back_what_waits_for_a_resume() -> None:
    it = ended_in_a_pause()
    it.look(MINUTE)
    made = roll_back(it.fleet.service, WORKSPACE, it.id, it.now, by=KEY)
    assert it.look(MINUTE) is None
    assert it.deployment.rolled_back_by == made
    with pytest.raises(DeploymentFinished):
        resume_deployment(it.fleet.service, WORKSPACE, it.id, KEY, it.now)


@pytest.mark.parametrize("steer", [pause_deployment, approve_phase, open_next_phase])
def test_nothing_but_a_resume_is_taken_up_by_what_has_ended(steer: Callable[..., None]) -> None:
    it = ended_in_a_pause()
    it.look(MINUTE)
    with pytest.raises(DeploymentFinished):
        steer(it.fleet.service, WORKSPACE, it.id, KEY, it.now)
