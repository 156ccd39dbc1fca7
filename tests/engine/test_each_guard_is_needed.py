"""Without any one of the engine's guards some history breaks an invariant, and the checker reports it.

Each history is also told with the guard in place, where it must be harmless.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from sluiceway.domain import choices, counters, holds, planning, rollout, rollout_effects
from sluiceway.domain.control_map import PASS
from sluiceway.domain.counters import FINAL, Tally
from sluiceway.domain.deployment import Definition, Deployment
from sluiceway.domain.device import AuthStatus, Device
from sluiceway.domain.device_deployment import DeviceDeployment, Event, Reported, Status
from sluiceway.domain.fleet import GroupMembership
from sluiceway.domain.gates import Gate, Reaction, SignalState
from sluiceway.domain.plan import LET_FINISH_FOR, AtEnd, Plan, PlannedPhase
from sluiceway.domain.retry import RetryPolicy
from sluiceway.domain.steering import CommandKind
from sluiceway.domain.windows import Opening, Window
from sluiceway.storage import keys, shard_items
from sluiceway.storage.fleet_items import FleetShard, move_device
from sluiceway.storage.moments import to_milliseconds
from sluiceway.storage.row_items import row_item, row_key
from sluiceway.storage.table import Absent, Delete, Key, Present, Put, Update, Write
from sluiceway.usecases import (
    abort_deployment,
    advance_rollout,
    control_maps,
    create_deployment,
    delete_artifact,
    delete_history,
    due_work,
    explain,
    known_devices,
    next_deployment,
    push_rollout,
    put_in_order,
    report_status,
    rollouts,
    row_changes,
    slot_turns,
    unclaimed_bytes,
    upload_artifact,
    work_queue,
)
from sluiceway.usecases.aims import Aim
from sluiceway.usecases.channels import Held
from sluiceway.usecases.deployments import Progress
from sluiceway.usecases.rollouts import Rollout
from sluiceway.usecases.service import Service
from tests.engine.explanations import Compare
from tests.engine.pushed_world import DEVICES as PUSHED_TO
from tests.engine.pushed_world import Give, Push, PushedWorld
from tests.engine.pushed_world import Tell as TellSlot
from tests.engine.recording import ViewOfTable
from tests.engine.violation import Violation
from tests.engine.world import (
    ALARM,
    HALTING,
    Abort,
    Advance,
    ChangeControlMap,
    Create,
    DeleteArtifact,
    DeleteHistory,
    HandOver,
    OneAfterTheOther,
    Poll,
    PutInGroup,
    ReadControlMap,
    Report,
    RollBack,
    SetAuthStatus,
    Settle,
    Signalled,
    Steer,
    Tell,
    Tick,
    UploadArtifact,
    World,
)
from tests.support.faults import Fault
from tests.support.pushed import ConfigSlots, WorkflowSlots
from tests.unit.usecases.stores import WORKSPACE as PUSHED

pytestmark = pytest.mark.usefixtures("small_sizes")

ONE = "one"
TO_ONE = Create("a", devices=(ONE,))
TO_TWO = Create("a", devices=(ONE, "two"))
APPROVED_HALVES = Plan((PlannedPhase(percent=50, gate=Gate(needs_approval=True)), PlannedPhase()))
READS_FIRST_WRITES_LAST = [0, 0, *[1] * 40]
"""The first operation makes its first read, the second one runs whole, the first goes on."""


def met_after(requests: int) -> list[int]:
    """The first operation makes so many requests, the second one runs whole, the first goes on."""
    return [*[0] * (requests + 1), *[1] * 40]


@dataclass(frozen=True)
class Case:
    """What takes the guard away, what happens then, and the invariant that is reported."""

    name: str
    invariant: str
    take_away: Callable[[pytest.MonkeyPatch], None]
    history: Callable[[World], None]
    world: Callable[[], World] = World


def of_configs() -> World:
    return PushedWorld(ConfigSlots)


def of_workflows() -> World:
    return PushedWorld(WorkflowSlots)


def replaced(owner: object, name: str, substitute: object) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda monkeypatch: monkeypatch.setattr(owner, name, substitute)


# What is done without a guard


def whatever_came_later(push: Any, _: str, held: Held) -> object:  # noqa: ANN401 - what a look knows is its own
    is_newer = push.planned.gives_way_to(held.choice, held.content)
    return push_rollout._Newer.STANDS if is_newer else push_rollout._Newer.NONE


def put_whatever_is_there(before: DeviceDeployment, after: DeviceDeployment) -> Put:
    return Put(row_key(after), row_item(after, rev=before.rev + 1))


def count_behind_the_fence(
    before: DeviceDeployment,
    after: DeviceDeployment,
    **given: Any,  # noqa: ANN401 - handed on as it comes
) -> tuple[Write, ...]:
    counted = shard_items.count(before, after, **given)
    return tuple(replace(write, condition=None) for write in counted if isinstance(write, Update))


def count_every_end(
    before: DeviceDeployment,
    after: DeviceDeployment,
    **given: Any,  # noqa: ANN401 - handed on as it comes
) -> tuple[Write, ...]:
    counted = shard_items.count(before, after, **given)
    ended = {"final_at": to_milliseconds(after.finished)} if after.finished else {}
    return tuple(replace(write, set=ended) if isinstance(write, Update) else write for write in counted)


def count_no_end(
    before: DeviceDeployment,
    after: DeviceDeployment,
    **given: Any,  # noqa: ANN401 - handed on as it comes
) -> tuple[Write, ...]:
    counted = shard_items.count(before, after, **given)
    return tuple(replace(write, set={}) if isinstance(write, Update) else write for write in counted)


def count_repeated_names(_: Service, __: str, definition: Definition) -> Aim:
    return Aim(len(definition.devices))


def as_if_nobody_had_ended(_: Service, found: list[Progress]) -> list[Progress]:
    return [replace(each, tally=Tally()) for each in found]


def write_one_by_one(self: ViewOfTable, *writes: Write) -> None:
    for write in writes:
        super(ViewOfTable, self).write(write)


def believe_the_device(row: DeviceDeployment, event: Event, now: datetime) -> DeviceDeployment:
    status = event.status if isinstance(event, Reported) else row.status
    return replace(row, status=status, finished=now if status.is_final else None)


def what_was_not_asked_first(candidate: work_queue.Candidate) -> tuple[bool, str]:
    return candidate.row.asked is not None, candidate.row.order


def by_urgency(candidate: work_queue.Candidate) -> tuple[bool, int, str]:
    return not candidate.row.is_offered, -candidate.deployment.steering.priority, candidate.row.order


def is_more_urgent(urgent: work_queue.Candidate, other: work_queue.Candidate) -> bool:
    return urgent.deployment.steering.priority > other.deployment.steering.priority


def by_the_clock_alone(_: str, milliseconds: str, deployment_id: str) -> str:
    return f"{milliseconds}-{deployment_id}"


def put_rollout_whatever_is_there(deployment: Deployment, rollout: Rollout, *, look: datetime | None) -> Put:
    return replace(rollouts.put_rollout(deployment, rollout, look=look), condition=None)


class AnyGeneration(int):
    """A number that no other one differs from."""

    __hash__ = int.__hash__

    def __ne__(self, _: object) -> bool:
        return False


def find_rollout_of_any_generation(service: Service, workspace: str, deployment_id: str) -> Rollout | None:
    found = rollouts.find_rollout(service, workspace, deployment_id)
    return found and replace(found, generation=AnyGeneration(found.generation))


def mark_nothing(workspace: str, object_key: str, *, due: datetime) -> Delete:
    assert due
    return Delete(keys.unclaimed(workspace, object_key))


def mark_no_upload(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unclaimed_bytes, "mark_unclaimed", mark_nothing)
    monkeypatch.setattr(upload_artifact, "claim", lambda *place: Delete(keys.unclaimed(*place)))


def join_without_number(
    key: Key, shard: FleetShard, before: AuthStatus | None, after: AuthStatus, *, numbered: bool
) -> Update | None:
    assert isinstance(numbered, bool)
    return move_device(key, shard, before, after, numbered=False)


# What happens


def one_device_updates(world: World) -> None:
    world.do(TO_ONE)
    world.do(Poll("a", ONE))
    world.do(Report("a", ONE, 0, Status.INSTALLING))
    world.do(Report("a", ONE, 0, Status.SUCCESS))


def a_device_polls_twice_at_once(world: World) -> None:
    world.do(TO_ONE)
    world.do_in_turns([(Poll("a", ONE), {}), (Poll("a", ONE), {})], [0, 1] * 20)


def a_process_dies_in_the_middle_of_a_report(world: World) -> None:
    world.do(TO_ONE)
    world.do(Poll("a", ONE))
    world.do(Report("a", ONE, 0, Status.INSTALLING), {2: Fault.CRASH_BEFORE})


def an_abort_overtakes_a_report(world: World) -> None:
    world.do(TO_ONE)
    world.do(Poll("a", ONE))
    report = Report("a", ONE, 0, Status.INSTALLING)
    world.do_in_turns([(report, {}), (Abort("a", 0), {})], READS_FIRST_WRITES_LAST)


def a_device_comes_back_after_an_abort(world: World) -> None:
    world.do(TO_ONE)
    world.do(Poll("a", ONE))
    world.do(Report("a", ONE, 0, Status.INSTALLING))
    world.do(Abort("a", 0))
    world.do(Poll("a", ONE))


def an_abort_dies_before_the_fences(world: World) -> None:
    world.do(TO_TWO)
    world.do(Abort("a", 0), {3: Fault.CRASH_BEFORE})


def an_older_deployment_gets_its_rows_late(world: World) -> None:
    world.do(Create("a", devices=(ONE, "two", "three"), name="long list"))
    world.do(TO_ONE)
    world.do(Poll("a", ONE))
    world.do(Report("a", ONE, 0, Status.SUCCESS))
    world.pass_time(timedelta(minutes=1))
    world.do(Tick())
    world.do(Poll("a", ONE))


def the_end_of_a_newer_one_overtakes_that_of_an_older_one(world: World) -> None:
    world.do(replace(TO_ONE, name="older"))
    world.do(TO_ONE)
    world.do(Poll("a", ONE))
    older, newer = (Report("a", ONE, made, Status.SUCCESS) for made in world.deployments("a"))
    world.do_in_turns([(older, {}), (newer, {})], READS_FIRST_WRITES_LAST)


def two_deployments_wait(world: World) -> None:
    world.do(replace(TO_ONE, name="older"))
    world.do(TO_ONE)
    world.do(Poll("a", ONE))
    world.do(Poll("a", ONE))


def a_device_is_accepted_later(world: World) -> None:
    world.do(SetAuthStatus("a", ONE, AuthStatus.REJECTED))
    world.do(Create("a"))
    world.do(SetAuthStatus("a", ONE, AuthStatus.ACCEPTED))
    world.do(Poll("a", ONE))


def a_device_joins_a_group_later(world: World) -> None:
    world.do(PutInGroup("a", "two", "lab"))
    world.do(Create("a", group="lab"))
    world.do(PutInGroup("a", ONE, "lab"))
    world.do(Poll("a", ONE))


def a_device_leaves_and_comes_back(world: World) -> None:
    world.do(SetAuthStatus("a", ONE, AuthStatus.REJECTED))
    world.do(SetAuthStatus("a", ONE, AuthStatus.ACCEPTED))
    world.do(Create("a"))


def another_outcome_is_reported_later(world: World) -> None:
    one_device_updates(world)
    world.pass_time(timedelta(minutes=1))
    world.do(Report("a", ONE, 0, Status.FAILURE))


def a_word_on_the_way_comes_late(world: World) -> None:
    one_device_updates(world)
    world.do(Report("a", ONE, 0, Status.INSTALLING))


def the_clock_of_the_next_creator_is_behind(world: World) -> None:
    world.do(TO_ONE)
    world.pass_time(timedelta(hours=-1))
    world.do(replace(TO_ONE, name="next"))


def the_same_deployment_is_made_twice(world: World) -> None:
    world.do(TO_ONE)
    world.do(TO_ONE)


def the_artifact_of_a_running_update_is_deleted(world: World) -> None:
    world.do(TO_ONE)
    world.do(Poll("a", ONE))
    for artifact in range(3):
        world.do(DeleteArtifact("a", artifact))


def an_upload_dies_before_its_transaction(world: World) -> None:
    world.do(DeleteArtifact("a", 0))
    world.do(UploadArtifact("a", 0), {3: Fault.CRASH_BEFORE})


def a_delete_dies_before_the_bytes_are_gone(world: World) -> None:
    world.do(DeleteArtifact("a", 0), {4: Fault.CRASH_AFTER})


def an_abort_overtakes_a_change_of_the_map(world: World) -> None:
    world.do(replace(TO_ONE, control_map=HALTING))
    change = ChangeControlMap("a", 0, PASS)
    world.do_in_turns([(change, {}), (Abort("a", 0), {})], READS_FIRST_WRITES_LAST)


def a_device_that_reads_no_maps_asks(world: World) -> None:
    world.do(replace(TO_ONE, control_map=HALTING))
    world.do(Poll("a", ONE))


def what_a_paused_deployment_tells_is_compared(world: World) -> None:
    world.do(TO_ONE)
    world.do(Steer("a", 0, CommandKind.PAUSE))
    world.do(Compare("a", ONE))


def a_device_looks_at_the_map_after_an_abort(world: World) -> None:
    world.do(replace(TO_ONE, control_map=HALTING))
    world.do(Poll("a", ONE, reads_control_maps=True))
    world.do(Report("a", ONE, 0, Status.PAUSE_BEFORE_COMMITTING))
    world.do(Abort("a", 0))
    world.do(ReadControlMap("a", ONE, 0))


def two_devices_ask_for_the_last_place(world: World) -> None:
    world.do(Create("a", devices=(ONE, "two"), most_devices=1))
    world.do_in_turns([(Poll("a", ONE), {}), (Poll("a", "two"), {})], [0, 1] * 20)


def a_device_is_named_twice(world: World) -> None:
    world.do(Create("a", devices=(ONE, ONE)))


def a_finished_deployment_is_stamped(world: World) -> None:
    one_device_updates(world)
    world.do(Settle("a", 0))


def a_seeder_dies(world: World) -> None:
    world.do(Create("a", devices=(ONE, "two", "three")))
    world.pass_time(timedelta(minutes=1))
    world.do(Tick(), {12: Fault.CRASH_BEFORE})


def a_device_asks_while_its_deployment_is_made(world: World) -> None:
    world.do_in_turns([(Poll("a", ONE), {}), (TO_ONE, {})], [1, 1, 1, 0, 0, 0, 0, *[1] * 40])


def what_was_forgotten_had_finished(world: World) -> None:
    one_device_updates(world)
    world.do(DeleteHistory("a", ONE))
    world.do(Poll("a", ONE))


def the_last_device_ends_while_the_first_starts_over(world: World) -> None:
    world.do(Create("a", devices=(ONE, "two")))
    world.do(Report("a", ONE, 0, Status.SUCCESS))
    world.do(DeleteHistory("a", ONE))
    last = OneAfterTheOther((Report("a", "two", 0, Status.SUCCESS), Settle("a", 0)))
    world.do_in_turns([(Poll("a", ONE), {}), (last, {})], met_after(4))


def a_history_is_deleted_while_an_older_deployment_ends(world: World) -> None:
    world.do(replace(TO_ONE, name="older"))
    world.do(TO_ONE)
    world.do(Poll("a", ONE))
    older, newer = (Report("a", ONE, made, Status.SUCCESS) for made in world.deployments("a"))
    world.do(newer)
    world.do_in_turns([(older, {}), (DeleteHistory("a", ONE), {})], READS_FIRST_WRITES_LAST)


def a_newer_deployment_ends_while_the_history_is_deleted(world: World) -> None:
    world.do(replace(TO_ONE, name="older"))
    world.do(TO_ONE)
    older, newer = (Report("a", ONE, made, Status.SUCCESS) for made in world.deployments("a"))
    world.do(older)
    world.do_in_turns([(DeleteHistory("a", ONE), {}), (newer, {})], met_after(3))


def a_history_is_deleted_while_the_floor_rises(world: World) -> None:
    world.do(Create("a", devices=(ONE, "two"), name="still runs"))
    world.do(Report("a", ONE, 0, Status.SUCCESS))
    for number in range(6):
        world.do(replace(TO_ONE, name=f"aborted {number}"))
        world.do(Abort("a", number + 1))
    world.do(Poll("a", ONE))
    world.pass_time(timedelta(hours=2))
    world.do_in_turns([(Poll("a", ONE), {}), (DeleteHistory("a", ONE), {})], met_after(3))


def a_device_that_no_filter_finds_asks(world: World) -> None:
    world.do(Create("a", filter=0))
    world.do(Tell("a", ONE, "zephyr"))
    world.do(Poll("a", ONE))


def the_only_device_of_an_open_target_ends(world: World) -> None:
    world.do(Create("a", filter=0))
    world.do(Tell("a", ONE, "linux"))
    world.do(Poll("a", ONE))
    world.do(Report("a", ONE, 0, Status.SUCCESS))
    world.do(Settle("a", 0))


def something_more_urgent_comes_after_the_last_place_was_taken(world: World) -> None:
    world.do(replace(TO_TWO, plan=Plan(most_devices=1)))
    world.do(Poll("a", ONE))
    world.do(Report("a", ONE, 0, Status.SUCCESS))
    world.do(Create("a", devices=("two",), plan=Plan(priority=1)))
    world.pass_time(timedelta(hours=1))
    world.do(Poll("a", "two"))


def two_devices_ask_for_the_last_place_under_a_cap(world: World) -> None:
    world.do(replace(TO_TWO, plan=Plan(most_in_flight=1)))
    world.do_in_turns([(Poll("a", ONE), {}), (Poll("a", "two"), {})], [0, 1] * 20)


def a_command_comes_while_the_execution_looks(world: World) -> None:
    world.do(replace(TO_TWO, plan=APPROVED_HALVES))
    world.do(Advance("a", 0))
    world.pass_time(timedelta(hours=1))
    world.do(Steer("a", 0, CommandKind.PAUSE))
    approval = Steer("a", 0, CommandKind.APPROVE)
    world.do_in_turns([(Advance("a", 0), {}), (approval, {})], met_after(6))


def an_execution_is_replaced_while_it_looks(world: World) -> None:
    world.do(replace(TO_TWO, plan=APPROVED_HALVES))
    world.do(Advance("a", 0))
    world.pass_time(timedelta(minutes=10))
    world.do_in_turns([(Advance("a", 0), {}), (HandOver("a", 0), {})], met_after(5))


def an_execution_that_was_replaced_looks(world: World) -> None:
    world.do(replace(TO_TWO, plan=APPROVED_HALVES))
    world.do(HandOver("a", 0))
    world.do(Advance("a", 0, replaced=1))


def an_execution_hands_over_after_it_was_replaced(world: World) -> None:
    world.do(replace(TO_TWO, plan=APPROVED_HALVES))
    others = OneAfterTheOther((HandOver("a", 0), HandOver("a", 0)))
    world.do_in_turns([(HandOver("a", 0), {}), (others, {})], READS_FIRST_WRITES_LAST)


def a_device_asks_while_its_deployment_is_rolled_back(world: World) -> None:
    world.do(replace(TO_TWO, plan=Plan()))
    world.do(Poll("a", ONE))
    world.do_in_turns([(Poll("a", "two"), {}), (RollBack("a", 0), {})], met_after(4))


def an_operator_pauses(world: World) -> None:
    world.do(replace(TO_TWO, plan=Plan()))
    world.do(Steer("a", 0, CommandKind.PAUSE))
    world.do(Poll("a", ONE))


def a_device_of_a_later_phase_asks(world: World) -> None:
    world.do(replace(TO_TWO, plan=APPROVED_HALVES))
    for device in (ONE, "two"):
        world.do(Poll("a", device))


def a_device_asks_outside_of_the_window(world: World) -> None:
    window = Window(frozenset(range(7)), time(12), timedelta(hours=3))
    world.do(replace(TO_ONE, plan=Plan(windows=(window,))))
    world.pass_time(timedelta(hours=2))
    world.do(Poll("a", ONE))


def all_devices_end_in_a_pause(world: World) -> None:
    undone = Gate(most_failures=0, on_breach=Reaction.ROLL_BACK)
    world.do(replace(TO_ONE, plan=Plan((PlannedPhase(gate=undone),))))
    world.do(Poll("a", ONE))
    world.do(Steer("a", 0, CommandKind.PAUSE))
    world.do(Report("a", ONE, 0, Status.FAILURE))


def the_only_place_of_a_phase_is_taken(world: World) -> None:
    world.do(replace(TO_TWO, plan=Plan((PlannedPhase(gate=Gate(least_success_share=1.0)),), most_devices=1)))
    world.do(Poll("a", ONE))
    world.do(Report("a", ONE, 0, Status.SUCCESS))


def a_look_finds_an_alarm(world: World) -> None:
    world.do(replace(TO_TWO, plan=Plan((PlannedPhase(percent=50, gate=Gate(signal=ALARM)), PlannedPhase()))))
    for device in (ONE, "two"):
        world.do(Poll("a", device))
        world.do(Report("a", device, 0, Status.SUCCESS))
    world.do(Signalled(SignalState.ALARM))
    world.do(Advance("a", 0))


def an_execution_is_lost(world: World) -> None:
    world.do(replace(TO_TWO, plan=Plan((PlannedPhase(percent=50), PlannedPhase(start=world.now + timedelta(hours=1))))))


def a_finished_deployment_is_looked_at_while_a_device_starts_over(world: World) -> None:
    world.do(replace(TO_TWO, plan=Plan()))
    for device in (ONE, "two"):
        world.do(Poll("a", device))
    world.do(Report("a", ONE, 0, Status.SUCCESS))
    world.do(DeleteHistory("a", ONE))
    last = OneAfterTheOther((Report("a", "two", 0, Status.SUCCESS), Advance("a", 0)))
    world.do_in_turns([(Poll("a", ONE), {}), (last, {})], met_after(4))


def what_is_let_finish_has_finished(world: World) -> None:
    plan = replace(APPROVED_HALVES, end=world.now + timedelta(hours=1), at_end=AtEnd.LET_FINISH)
    world.do(replace(TO_TWO, plan=plan))
    for device in (ONE, "two"):
        world.do(Poll("a", device))
        world.do(Report("a", device, 0, Status.SUCCESS))


def a_device_asks_while_what_is_let_finish_is_closed(world: World) -> None:
    world.do(replace(TO_ONE, plan=Plan(end=world.now + timedelta(hours=1), at_end=AtEnd.LET_FINISH)))
    world.pass_time(timedelta(hours=1))
    world.do(Advance("a", 0))
    world.pass_time(LET_FINISH_FOR)
    closing = OneAfterTheOther((Advance("a", 0), Advance("a", 0)))
    world.do_in_turns([(Poll("a", ONE), {}), (closing, {})], met_after(4))


def what_is_given_back_is_deleted(world: World) -> None:
    world.do(replace(TO_ONE, plan=Plan()))
    world.do(Poll("a", ONE, installed="app-2"))
    world.do(RollBack("a", 0))
    world.do(Poll("a", ONE, installed="app-1"))
    for artifact in range(3):
        world.do(DeleteArtifact("a", artifact))


def a_device_has_gone_on_from_what_is_rolled_back(world: World) -> None:
    world.do(replace(TO_ONE, plan=Plan()))
    world.do(Poll("a", ONE, installed="app-2"))
    world.do(Report("a", ONE, 0, Status.SUCCESS))
    world.do(replace(TO_ONE, release="app-2"))
    world.do(Poll("a", ONE, installed="app-1"))
    world.do(Report("a", ONE, 1, Status.SUCCESS))
    world.do(RollBack("a", 0))
    world.do(Poll("a", ONE, installed="app-1"))


def a_device_is_rolled_back_while_something_waits(world: World) -> None:
    world.do(replace(TO_ONE, plan=Plan()))
    world.do(Poll("a", ONE, installed="app-2"))
    world.do(Report("a", ONE, 0, Status.SUCCESS))
    for urgency in (0, -1):
        plan = Plan(start=world.now + timedelta(hours=1), priority=urgency)
        world.do(replace(TO_ONE, name=f"urgency {urgency}", plan=plan))
    world.do(RollBack("a", 0))
    world.do(Compare("a", ONE, installed="app-1"))


def a_roll_back_is_aborted_and_another_one_made(world: World) -> None:
    world.do(replace(TO_TWO, plan=Plan()))
    for device in (ONE, "two"):
        world.do(Poll("a", device, installed="app-2"))
        world.do(Report("a", device, 0, Status.SUCCESS))
    world.do(RollBack("a", 0))
    world.do(Poll("a", ONE, installed="app-1"))
    world.do(Report("a", ONE, 1, Status.SUCCESS))
    world.do(Abort("a", 1))
    world.do(RollBack("a", 0))
    world.do(Poll("a", ONE, installed="app-0"))


def an_operator_gives_something_before_the_next_phase(world: World) -> None:
    world.do(Push("v1", Plan((PlannedPhase(devices=1, gate=Gate(needs_approval=True)), PlannedPhase()))))
    world.pass_time(timedelta(minutes=1))
    world.do(Tick())
    world.do(Advance(PUSHED, 0))
    for device in range(PUSHED_TO):
        world.do(Give(device, "v2"))
    world.do(Steer(PUSHED, 0, CommandKind.NEXT_PHASE))
    world.do(Advance(PUSHED, 0))


def two_planned_ones_are_pushed(world: World) -> None:
    for version in ("v1", "v2"):
        world.do(Push(version, Plan(), device=0))
    for deployment in range(2):
        world.do(Advance(PUSHED, deployment))


def what_is_pushed_is_aborted(world: World) -> None:
    world.do(Give(0, "v1"))
    world.do(Push("v2", Plan(), device=0))
    world.do(Advance(PUSHED, 0))
    world.do(Abort(PUSHED, 0))


def two_pushed_ones_are_rolled_back(world: World) -> None:
    for number, version in enumerate(("v1", "v2")):
        world.do(Push(version, Plan(), device=0))
        world.do(Advance(PUSHED, number))
        world.do(TellSlot(0, "works"))
        world.do(Advance(PUSHED, number))
    for number in (1, 0):
        world.do(RollBack(PUSHED, number))
    for number in (3, 2, 3):
        world.do(Advance(PUSHED, number))
        world.do(TellSlot(0, "works"))


def something_newer_is_pushed(world: World) -> None:
    world.do(Give(0, "v1"))
    for number, version in enumerate(("v2", "v3")):
        world.do(Push(version, Plan(), device=0))
        world.do(Advance(PUSHED, number))
        if not number:
            world.do(TellSlot(0, "works"))
            world.do(Advance(PUSHED, number))


def what_runs_is_rolled_back_while_something_newer_fails(world: World) -> None:
    something_newer_is_pushed(world)
    world.do(RollBack(PUSHED, 0))
    world.do(Advance(PUSHED, 2))
    world.do(TellSlot(0, "fails"))
    for number in (1, 2):
        world.do(Advance(PUSHED, number))


def what_runs_is_rolled_back_after_an_abort_of_something_newer(world: World) -> None:
    something_newer_is_pushed(world)
    world.do(Abort(PUSHED, 1))
    world.do(Advance(PUSHED, 1))
    world.do(RollBack(PUSHED, 0))
    world.do(Advance(PUSHED, 2))


def what_failed_is_aborted_after_a_roll_back_of_something_older(world: World) -> None:
    world.do(Give(0, "v1"))
    retried = Plan(retry=RetryPolicy(attempts=2, base=timedelta(hours=1), cap=timedelta(hours=1), jitter=0))
    for number, (version, plan) in enumerate((("v2", Plan()), ("v3", retried))):
        world.do(Push(version, plan, device=0))
        world.do(Advance(PUSHED, number))
        world.do(TellSlot(0, "fails" if number else "works"))
        world.do(Advance(PUSHED, number))
    world.do(RollBack(PUSHED, 0))
    world.do(Advance(PUSHED, 2))
    world.do(TellSlot(0, "works"))
    world.do(Abort(PUSHED, 1))
    world.do(Advance(PUSHED, 1))


def what_is_pushed_is_rolled_back(world: World) -> None:
    world.do(Give(0, "v1"))
    world.do(Push("v2", Plan(), device=0))
    world.do(Advance(PUSHED, 0))
    world.do(TellSlot(0, "works"))
    world.do(RollBack(PUSHED, 0))
    world.do(Advance(PUSHED, 1))


CASES = [
    Case(
        "who has it back already is passed over",
        "who has it back already",
        replaced(work_queue, "was_given_back", lambda *_: False),
        a_roll_back_is_aborted_and_another_one_made,
    ),
    Case(
        "a planned deployment gives way to what was given since",
        "the newest choice stands",
        replaced(choices.PlannedChoice, "gives_way_to", lambda *_: False),
        an_operator_gives_something_before_the_next_phase,
        of_workflows,
    ),
    Case(
        "planned deployments of a slot take turns",
        "one deployment at a time",
        replaced(slot_turns, "_waits_beside", lambda *_: False),
        two_planned_ones_are_pushed,
        of_configs,
    ),
    Case(
        "what was given back is as old as before",
        "what is rolled back is gone",
        replaced(choices.Choice, "gave_back", property(lambda _: False)),
        two_pushed_ones_are_rolled_back,
        of_workflows,
    ),
    Case(
        "a roll back waits for that of something newer",
        "what is rolled back is gone",
        replaced(slot_turns.SlotTurn, "is_undecided", property(lambda _: False, lambda *_: None)),
        two_pushed_ones_are_rolled_back,
        of_configs,
    ),
    Case(
        "a roll back waits for what the device works on",
        "what is rolled back is gone",
        replaced(push_rollout, "_newer", whatever_came_later),
        what_runs_is_rolled_back_while_something_newer_fails,
        of_configs,
    ),
    Case(
        "what was given in vain is nothing newer",
        "what is rolled back is gone",
        replaced(push_rollout, "_newer_of", lambda *_: push_rollout._Newer.STANDS),
        what_runs_is_rolled_back_while_something_newer_fails,
        of_workflows,
    ),
    Case(
        "what an abort gave back is as old as before",
        "what is rolled back is gone",
        replaced(choices.Choice, "gave_back", property(lambda _: False)),
        what_runs_is_rolled_back_after_an_abort_of_something_newer,
        of_configs,
    ),
    Case(
        "an abort takes back what it gave and nothing else",
        "nothing more is pushed after an abort",
        replaced(choices.PlannedChoice, "_takes_itself_back", property(lambda _: False)),
        what_failed_is_aborted_after_a_roll_back_of_something_older,
        of_workflows,
    ),
    Case(
        "an abort takes back what was pushed",
        "is taken back",
        replaced(advance_rollout, "take_back", lambda *_: None),
        what_is_pushed_is_aborted,
        of_configs,
    ),
    Case(
        "a roll back gives each device what it had",
        "back what it had",
        replaced(push_rollout, "_restoring", lambda _, row: row),
        what_is_pushed_is_rolled_back,
        of_workflows,
    ),
    Case(
        "a roll back goes first",
        "ahead of what was not offered",
        replaced(work_queue, "turn_of", by_urgency),
        a_device_is_rolled_back_while_something_waits,
    ),
    Case(
        "a roll back ends nothing that waits",
        "ends nothing that waits",
        replaced(work_queue, "_outdoes", is_more_urgent),
        a_device_is_rolled_back_while_something_waits,
    ),
    Case(
        "a shard lets in as many at once as its part of the cap",
        "work at once",
        replaced(shard_items, "_takes", lambda _: Absent("fence")),
        two_devices_ask_for_the_last_place_under_a_cap,
    ),
    Case(
        "a look writes the head as it was read",
        "taken up once",
        replaced(advance_rollout, "Equal", lambda *_: Present()),
        a_command_comes_while_the_execution_looks,
    ),
    Case(
        "a look writes the plan as it was read",
        "undoes what another one did",
        replaced(advance_rollout, "put_rollout", put_rollout_whatever_is_there),
        an_execution_is_replaced_while_it_looks,
    ),
    Case(
        "only the newest execution looks",
        "was replaced does nothing",
        replaced(advance_rollout, "find_rollout", find_rollout_of_any_generation),
        an_execution_that_was_replaced_looks,
    ),
    Case(
        "an execution hands over to the next",
        "undoes what another one did",
        replaced(rollouts, "Equal", lambda *_: Present()),
        an_execution_hands_over_after_it_was_replaced,
    ),
    Case(
        "a roll back begins behind the fences",
        "whoever was offered something",
        replaced(abort_deployment, "complete_abort", lambda *_: None),
        a_device_asks_while_its_deployment_is_rolled_back,
    ),
    Case(
        "a pause holds",
        "during a pause",
        replaced(next_deployment, "standing_holds", lambda *_: iter(())),
        an_operator_pauses,
    ),
    Case(
        "a phase that is not open holds",
        "nor outside of the plan",
        replaced(next_deployment, "standing_holds", lambda *_: iter(())),
        a_device_of_a_later_phase_asks,
    ),
    Case(
        "a window holds outside of it",
        "nor outside of the plan",
        replaced(holds, "next_opening", lambda *known: Opening(known[-1])),
        a_device_asks_outside_of_the_window,
    ),
    Case(
        "a look asks the signal of a gate",
        "says that all is well",
        replaced(advance_rollout, "_ask_signals", lambda *_: {0: SignalState.OK}),
        a_look_finds_an_alarm,
    ),
    Case(
        "a rollout is due after its next look",
        "an execution watches",
        replaced(rollouts, "due_attributes", lambda *_: {}),
        an_execution_is_lost,
    ),
    Case(
        "a tick replaces an execution",
        "no phase is stranded",
        replaced(due_work, "_REPAIRS", {**due_work._REPAIRS, rollouts.DUE: lambda *_: None}),
        an_execution_is_lost,
    ),
    Case(
        "an execution lets go of what was stamped",
        "an execution watches",
        replaced(advance_rollout, "settle", lambda _, found: found),
        a_finished_deployment_is_looked_at_while_a_device_starts_over,
    ),
    Case(
        "what is let finish is closed",
        "what is let finish ends",
        replaced(rollout, "_is_let_finish_done", lambda *_: False),
        what_is_let_finish_has_finished,
    ),
    Case(
        "a closing waits for the polls under way",
        "in the middle keeps",
        replaced(rollout_effects, "OFFER_GRACE", timedelta(0)),
        a_device_asks_while_what_is_let_finish_is_closed,
    ),
    Case(
        "what a roll back gives back is kept",
        "works with stays",
        replaced(next_deployment, "keep_release", lambda *_: None),
        what_is_given_back_is_deleted,
    ),
    Case(
        "a roll back that comes too late for a device is passed over",
        "who has something newer",
        replaced(work_queue, "_outdated", lambda *_: frozenset()),
        a_device_has_gone_on_from_what_is_rolled_back,
    ),
    Case(
        "a device that is named twice is one target",
        "count each target once",
        replaced(create_deployment, "aim_at_present", count_repeated_names),
        a_device_is_named_twice,
    ),
    Case(
        "an end is counted with its time",
        "what is over has an end",
        replaced(row_changes, "count", count_no_end),
        a_finished_deployment_is_stamped,
    ),
    Case(
        "a seeder keeps its mark until the last row",
        "every device of a list has its row",
        replaced(due_work, "_move", lambda record, *_: Update(record.key, add={"rev": 1}, remove=("G2PK", "G2SK"))),
        a_seeder_dies,
    ),
    Case(
        "only an old row without a deployment is left behind",
        "no row of a deployment is deleted",
        replaced(work_queue, "_ORPHAN_AGE", timedelta(minutes=-1)),
        a_device_asks_while_its_deployment_is_made,
    ),
    Case(
        "who is turned away moves no end",
        "never moves",
        replaced(shard_items, "_TURNED_AWAY_AT", "final_at"),
        something_more_urgent_comes_after_the_last_place_was_taken,
    ),
    Case(
        "what has finished is not begun anew",
        "never moves",
        replaced(next_deployment, "settle", as_if_nobody_had_ended),
        what_was_forgotten_had_finished,
    ),
    Case(
        "who starts over changes the head",
        "keeps a deployment from finishing",
        replaced(next_deployment, "Equal", lambda *_: Present()),
        the_last_device_ends_while_the_first_starts_over,
    ),
    Case(
        "a mark that is high enough must stay so",
        "never undone",
        replaced(row_changes, "Equal", lambda *_: Present()),
        a_history_is_deleted_while_an_older_deployment_ends,
    ),
    Case(
        "a history is deleted as it was read",
        "never undone",
        replaced(delete_history, "Equal", lambda *_: Present()),
        a_newer_deployment_ends_while_the_history_is_deleted,
    ),
    Case(
        "a floor is raised on what was read",
        "forgotten with the history",
        replaced(row_changes, "Equal", lambda *_: Present()),
        a_history_is_deleted_while_the_floor_rises,
    ),
    Case(
        "a shard lets in as many as it has room for",
        "never passed",
        replaced(shard_items, "_takes", lambda _: Absent("fence")),
        two_devices_ask_for_the_last_place,
    ),
    Case(
        "a phase has no more devices than places",
        "makes a phase through",
        replaced(planning, "_most_to_end", lambda *_: None),
        the_only_place_of_a_phase_is_taken,
    ),
    Case(
        "a roll back waits for the end of a pause",
        "that a pause holds up is waited for",
        replaced(rollout, "awaits_resume", lambda *_: False),
        all_devices_end_in_a_pause,
    ),
    Case(
        "the bytes of an upload are marked before they come",
        "no others are kept",
        mark_no_upload,
        an_upload_dies_before_its_transaction,
    ),
    Case(
        "the bytes of a deleted artifact are marked",
        "no others are kept",
        replaced(delete_artifact, "mark_unclaimed", mark_nothing),
        a_delete_dies_before_the_bytes_are_gone,
    ),
    Case(
        "a map is changed as it was read",
        "only the map of a running deployment",
        replaced(control_maps, "Equal", lambda *_: Present()),
        an_abort_overtakes_a_change_of_the_map,
    ),
    Case(
        "who reads no maps is held",
        "does not start where it is to halt",
        replaced(Deployment, "halts_devices", property(lambda _: False)),
        a_device_that_reads_no_maps_asks,
    ),
    Case(
        "an explanation goes by the rules of the plan",
        "explanations say what devices are told",
        replaced(explain, "standing_holds", lambda *_: iter(())),
        what_a_paused_deployment_tells_is_compared,
    ),
    Case(
        "an abort is seen where the map is read",
        "nobody goes on after an abort",
        replaced(control_maps, "effective", lambda row, _: row),
        a_device_looks_at_the_map_after_an_abort,
    ),
    Case(
        "a report moves its counter",
        "counters equal",
        replaced(row_changes, "count", lambda *_, **__: ()),
        one_device_updates,
    ),
    Case(
        "row and counter move together",
        "counters equal",
        replaced(ViewOfTable, "write", write_one_by_one),
        a_process_dies_in_the_middle_of_a_report,
    ),
    Case(
        "a row is written as it was read",
        "one revision at a time",
        replaced(row_changes, "put_row", put_whatever_is_there),
        a_device_polls_twice_at_once,
    ),
    Case(
        "a shard is fenced",
        "an abort is final",
        replaced(row_changes, "count", count_behind_the_fence),
        an_abort_overtakes_a_report,
    ),
    Case(
        "an abort counts at once",
        "whoever waits gets on",
        replaced(row_changes.Change, "counted", property(lambda _: True, lambda *_: None)),
        a_device_comes_back_after_an_abort,
    ),
    Case(
        "an abort leaves a due mark",
        "every abort is completed",
        replaced(abort_deployment, "due_attributes", lambda *_: {}),
        an_abort_dies_before_the_fences,
    ),
    Case(
        "a tick repairs",
        "every due mark is cleared",
        replaced(due_work, "_REPAIRS", {"aborting": lambda *_: None}),
        an_abort_dies_before_the_fences,
    ),
    Case(
        "what is done bounds what is offered",
        "something newer ended",
        replaced(work_queue, "_mark", lambda _: ""),
        an_older_deployment_gets_its_rows_late,
    ),
    Case(
        "what is done only rises",
        "never undone",
        replaced(row_changes, "AnyOf", lambda _: Present()),
        the_end_of_a_newer_one_overtakes_that_of_an_older_one,
    ),
    Case(
        "what was offered comes first",
        "one deployment at a time",
        replaced(work_queue, "turn_of", what_was_not_asked_first),
        two_deployments_wait,
    ),
    Case(
        "membership bounds a cut",
        "only the targets",
        replaced(Device, "was_in", lambda *_: True),
        a_device_is_accepted_later,
    ),
    Case(
        "terms bound an open target",
        "meets its filter",
        replaced(work_queue, "meets", lambda *_: True),
        a_device_that_no_filter_finds_asks,
    ),
    Case(
        "nobody knows how many devices an open target has",
        "never ends by itself",
        replaced(counters, "_have_all_ended", lambda deployment, tally: tally[FINAL] >= deployment.size),
        the_only_device_of_an_open_target_ends,
    ),
    Case(
        "spans of a group bound a cut of it",
        "only the targets",
        replaced(GroupMembership, "contains", lambda membership, group, _: membership.group == group),
        a_device_joins_a_group_later,
    ),
    Case(
        "joins and leaves are numbered",
        "who was accepted",
        replaced(known_devices, "move_device", join_without_number),
        a_device_leaves_and_comes_back,
    ),
    Case(
        "the first end counts",
        "never moves",
        replaced(row_changes, "count", count_every_end),
        another_outcome_is_reported_later,
    ),
    Case(
        "the state machine decides",
        "only by decide",
        replaced(report_status, "decide", believe_the_device),
        a_word_on_the_way_comes_late,
    ),
    Case(
        "an answer waits for its write",
        "is not lost",
        replaced(report_status, "writes_for", lambda *_: []),
        one_device_updates,
    ),
    Case(
        "a definition has one holder",
        "share a definition",
        replaced(create_deployment, "refuse_duplicate", lambda *_: None),
        the_same_deployment_is_made_twice,
    ),
    Case(
        "an artifact in use is not deleted",
        "works with stays",
        replaced(delete_artifact, "unfinished_deployments_of", lambda *_: []),
        the_artifact_of_a_running_update_is_deleted,
    ),
]


def tell(history: Callable[[World], None], make_world: Callable[[], World] = World) -> None:
    world = make_world()
    history(world)
    world.rest()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_guard_makes_the_history_harmless(case: Case) -> None:
    tell(case.history, case.world)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_without_the_guard_the_checker_reports(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.take_away(monkeypatch)
    with pytest.raises(Violation, match=case.invariant):
        tell(case.history, case.world)


def test_without_both_of_its_guards_a_creation_sorts_before_an_older_one(monkeypatch: pytest.MonkeyPatch) -> None:
    tell(the_clock_of_the_next_creator_is_behind)
    monkeypatch.setattr(create_deployment, "next_order", by_the_clock_alone)
    monkeypatch.setattr(put_in_order, "AnyOf", lambda _: Absent("nothing"))
    with pytest.raises(Violation, match="sorts after all before it"):
        tell(the_clock_of_the_next_creator_is_behind)


def test_without_the_workspace_in_its_keys_an_operation_is_caught_outside_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keys, "_in", lambda _, *parts: "#".join(("W", "shared", *parts)))
    with pytest.raises(Violation, match="a workspace stays by itself"):
        World()
