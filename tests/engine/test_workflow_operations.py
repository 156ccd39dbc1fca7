"""An operation on workflow slots holds for all of them or for none, whatever dies, repeats or comes between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import copy
from datetime import timedelta
from functools import cache
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluiceway.domain.errors import MissingReferences, Unauthenticated
from sluiceway.domain.workflow_device import WorkflowDevice
from sluiceway.domain.workflow_slot import Content, Report
from sluiceway.storage import keys
from sluiceway.storage.table import Query
from sluiceway.usecases import workflow_operations
from sluiceway.usecases.device_workflows import DeviceReport, report_workflows, wanted_state
from sluiceway.usecases.service import Service
from sluiceway.usecases.workflow_devices import delete_workflow_device
from sluiceway.usecases.workflow_slots import ShownSlot, SlotListing, get_workflow_slot, list_workflow_slots
from sluiceway.usecases.workflow_versions import remove_workflow_version
from sluiceway.usecases.workflows import delete_workflow
from tests.engine.recording import RecordedTable, ViewOfTable
from tests.engine.strands import Pause, run_in_turns
from tests.support.app import NOW
from tests.support.faults import Call, Crash, Fault, FaultyTable, Schedule, at_write
from tests.support.soak import examples
from tests.support.ticks import repair_due
from tests.support.workflow_fleet import OPERATOR, WORKSPACE, WorkflowFleet

MUCH_LATER = NOW + timedelta(days=1)
EVERYTHING = SlotListing(limit=1000)
DEVICES = 5
Act = Callable[["Plant", Service], None]


@pytest.fixture(autouse=True)
def _small_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few slots be too many for one transaction."""
    monkeypatch.setattr(workflow_operations, "MOST_AT_ONCE", 2)


class Plant:
    """Devices of which some have a workflow: `v1` is wanted by the first four, and the first two run it."""

    def __init__(self) -> None:
        self.table = RecordedTable()
        self.fleet = WorkflowFleet(self.table)
        self.pump = self.fleet.workflow()
        self.v1, self.v2 = self.fleet.publish(self.pump, "v1"), self.fleet.publish(self.pump, "v2")
        self.valve, self.fan = self.fleet.workflow("valve"), self.fleet.workflow("fan")
        for workflow in (self.valve, self.fan):
            self.fleet.publish(workflow, "7")
            self.fleet.publish(workflow, "8")
        self.devices = self.fleet.devices(DEVICES)
        self.key = self.fleet.access_key()
        self.fleet.release({self.pump.id: "v1"}, *self.devices[:4])
        for device in self.devices[:2]:
            self.fleet.runs(device, self.pump, self.v1)
        self.fleet.release({self.valve.id: "7", self.fan.id: "7"}, self.devices[0])
        self.tick()

    def clone(self) -> Plant:
        """Another plant, as this one is now."""
        other = copy(self)
        other.table = self.table.clone()
        other.fleet = self.fleet.clone(other.table)
        return other

    def tick(self) -> int:
        """Let a minute pass after everything, and the tick finish what was begun."""
        return repair_due(self.fleet.service, MUCH_LATER)

    def shown(self, service: Service | None = None) -> list[ShownSlot]:
        return list(list_workflow_slots(service or self.fleet.service, WORKSPACE, EVERYTHING).slots)

    def told(self) -> dict[str, dict[str, Content | None]]:
        """What each device is told to run, by device and workflow."""
        answers = {}
        for device in self.devices:
            if self.table.get(keys.workflow_device(WORKSPACE, device.id)):
                state = wanted_state(self.fleet.service, self.fleet.session(device, self.key))
                answers[device.id] = {slot.workflow_id: slot.desired for slot in state.slots}
        return answers

    @property
    def is_settled(self) -> bool:
        marks = [self.table.query(Query(each, index="GSI2")).records for each in keys.due_partitions()]
        ledger = self.table.get(keys.workflow_ledger(WORKSPACE)) or {}
        return not any(marks) and "pending" not in ledger


@cache
def _prepared() -> Plant:
    return Plant()


def new_plant() -> Plant:
    """A plant to oneself, which is prepared only once."""
    return _prepared().clone()


def wishes(shown: list[ShownSlot]) -> dict[tuple[str, str], Content | None]:
    return {(each.slot.device_id, each.slot.workflow_id): each.slot.desired for each in shown}


def _release(plant: Plant, service: Service) -> None:
    plant.fleet.release({plant.pump.id: "v2", plant.valve.id: "7"}, *plant.devices, service=service)


def _release_one(plant: Plant, service: Service) -> None:
    """The last part of it is a slot that nothing else is stored with."""
    plant.fleet.release({plant.pump.id: "v2"}, *plant.devices, service=service)


def _release_to_one(plant: Plant, service: Service) -> None:
    """Slots of one device, in several parts."""
    versions = {plant.pump.id: "v2", plant.valve.id: "8", plant.fan.id: "8"}
    plant.fleet.release(versions, plant.devices[0], service=service)


def _remove(plant: Plant, service: Service) -> None:
    plant.fleet.through(service).remove(plant.pump, None)


def _replace(plant: Plant, service: Service) -> None:
    plant.fleet.through(service).replace(plant.pump, "v1", "v2")


def _delete_version(plant: Plant, service: Service) -> None:
    remove_workflow_version(service, WORKSPACE, plant.pump.id, "v1", source=OPERATOR, now=plant.fleet.now())


def _delete_workflow(plant: Plant, service: Service) -> None:
    delete_workflow(service, WORKSPACE, plant.pump.id, OPERATOR, plant.fleet.now())


def _delete_device(plant: Plant, service: Service) -> None:
    delete_workflow_device(service, WORKSPACE, plant.devices[0].id, OPERATOR, plant.fleet.now())


ACTS = [_release, _release_one, _release_to_one, _remove, _replace, _delete_version, _delete_workflow, _delete_device]
every_act = pytest.mark.parametrize("act", ACTS)


def outcome_of(act: Act) -> list[ShownSlot]:
    """What is listed when nothing goes wrong."""
    plant = new_plant()
    act(plant, plant.fleet.service)
    return plant.shown()


@every_act
def test_an_operation_that_dies_at_any_write_held_for_all_or_for_none(act: Act) -> None:
    before, after = new_plant().shown(), outcome_of(act)
    seen: list[list[ShownSlot]] = []
    for number in count():
        for fault in (Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LOSE_ANSWER):
            plant = new_plant()
            if not _dies(plant, act, at_write(number, fault)):
                assert seen[-1] == after
                assert before in seen
                return
            shown, told = plant.shown(), plant.told()
            assert shown in (before, after), (number, fault)
            plant.tick()
            assert plant.is_settled
            assert (plant.shown(), plant.told()) == (shown, told)
            seen.append(shown)


def _dies(plant: Plant, act: Act, schedule: Schedule) -> bool:
    try:
        act(plant, plant.fleet.over(FaultyTable(plant.table, schedule)))
    except (Crash, Exception):  # noqa: BLE001 - the process is gone, or its answer
        return True
    return False


@every_act
def test_whoever_lists_between_two_calls_of_an_operation_sees_all_of_it_or_nothing(act: Act) -> None:
    before, after = new_plant().shown(), outcome_of(act)
    plant = new_plant()
    seen: list[list[ShownSlot]] = []

    def look(_: Call) -> Fault | None:
        seen.append(plant.shown())
        return None

    act(plant, plant.fleet.over(FaultyTable(plant.table, look)))

    assert [shown for shown in seen if shown not in (before, after)] == []
    assert seen[0] == before
    assert seen[seen.index(after) :] == [after] * (len(seen) - seen.index(after))


@every_act
def test_a_list_that_an_operation_comes_into_shows_all_of_it_or_nothing(act: Act) -> None:
    before, after = new_plant().shown(), outcome_of(act)
    for number in count():
        plant = new_plant()
        table = FaultyTable(plant.table, _once(number, lambda: act(plant, plant.fleet.service)))  # noqa: B023 - at once
        table.query_together = lambda *queries, table=table: tuple(map(table.query, queries))  # type: ignore[method-assign]
        assert plant.shown(plant.fleet.over(table)) in (before, after)
        if wishes(plant.shown()) == wishes(before):
            return


def _once(number: int, turn: Callable[[], object]) -> Schedule:
    numbers = count()

    def schedule(_: Call) -> Fault | None:
        if next(numbers) == number:
            turn()
        return None

    return schedule


@every_act
@pytest.mark.parametrize("later", [_remove, _delete_workflow, _delete_device])
def test_whoever_comes_late_with_a_part_of_an_operation_does_no_harm(act: Act, later: Act) -> None:
    """Before each write of an operation somebody else finishes it and carries out another one."""
    for number in count(1):
        plant = new_plant()
        ended: list[list[ShownSlot]] = []

        def overtake(plant: Plant = plant, ended: list[list[ShownSlot]] = ended) -> None:
            plant.tick()
            _dies(plant, later, lambda _: None)
            ended.append(plant.shown())

        assert not _dies(plant, act, _before_write(number, overtake))
        if not ended:
            return
        assert plant.shown() == ended[0]
        plant.tick()
        assert plant.shown() == ended[0]
        assert plant.is_settled


def _before_write(number: int, turn: Callable[[], object]) -> Schedule:
    numbers = count()

    def schedule(call: Call) -> Fault | None:
        if call.changes_something and next(numbers) == number:
            turn()
        return None

    return schedule


@pytest.mark.parametrize("act", [act for act in ACTS if act is not _delete_device])
def test_a_device_that_asks_between_two_calls_of_an_operation_is_told_all_of_it_or_nothing(act: Act) -> None:
    """Also one whose call began before the operation; what a device that is deleted hears last does not matter."""
    after = new_plant()
    act(after, after.fleet.service)
    plant = new_plant()
    before, asked = plant.told(), plant.devices[0]
    early, told_after = plant.fleet.session(asked, plant.key), after.told()[asked.id]
    seen = []

    def ask(_: Call) -> Fault | None:
        state = wanted_state(plant.fleet.service, early)
        seen.append({slot.workflow_id: slot.desired for slot in state.slots})
        return None

    act(plant, plant.fleet.over(FaultyTable(plant.table, ask)))

    assert seen[0] == before[asked.id]
    assert [each for each in seen if each not in (before[asked.id], told_after)] == []


@every_act
def test_what_a_device_says_while_an_operation_is_carried_out_is_not_lost(act: Act) -> None:
    for number in count():
        plant = new_plant()
        device, said = plant.devices[2], Content("v1", plant.v1.etag)
        spoken: list[bool] = []

        def speak(
            plant: Plant = plant, device: WorkflowDevice = device, said: Content = said, spoken: list[bool] = spoken
        ) -> None:
            plant.fleet.report(device, {plant.pump.id: Report(said)})
            spoken.append(True)

        act(plant, plant.fleet.over(FaultyTable(plant.table, _before_write(number, speak))))
        if not spoken:
            return
        plant.tick()
        shown = plant.fleet.slots(SlotListing(device_id=device.id, workflow_id=plant.pump.id))
        assert [each.slot.current for each in shown] == [said]
        assert all(len(each.log) == each.slot.rev for each in shown)


@every_act
def test_an_operation_that_comes_into_a_report_is_not_undone(act: Act) -> None:
    after = outcome_of(act)
    for number in count():
        plant = new_plant()
        ran: list[bool] = []

        def intrude(plant: Plant = plant, ran: list[bool] = ran) -> None:
            act(plant, plant.fleet.service)
            ran.append(True)

        service = plant.fleet.over(FaultyTable(plant.table, _once(number, intrude)))
        current = Content("v2", plant.v2.etag)
        session = plant.fleet.session(plant.devices[4], plant.key)
        with suppress(Unauthenticated):
            report_workflows(service, session, DeviceReport({plant.fan.id: Report(current)}), plant.fleet.now())
        if not ran:
            return
        others = {
            pair: wish for pair, wish in wishes(plant.shown()).items() if pair != (plant.devices[4].id, plant.fan.id)
        }
        assert others == wishes(after)


TAKERS = [_delete_version, _delete_workflow, _delete_device]


@pytest.mark.parametrize("take", TAKERS)
def test_what_was_checked_still_holds_when_an_operation_takes_hold(take: Act) -> None:
    plant = new_plant()
    device, release = plant.devices[0], {plant.pump.id: "v1"}
    plant.fleet.remove(plant.pump, device)
    schedule = _before_write(0, lambda: take(plant, plant.fleet.service))
    with pytest.raises(MissingReferences):
        plant.fleet.release(release, device, service=plant.fleet.over(FaultyTable(plant.table, schedule)))
    assert wishes(plant.shown()).get((device.id, plant.pump.id)) is None


def test_a_device_that_is_removed_while_it_reports_leaves_no_slot() -> None:
    plant = new_plant()
    leftover, said = plant.devices[4], DeviceReport({plant.fan.id: Report(Content("7"))})
    session = plant.fleet.session(leftover, plant.key)
    remove = _before_write(
        0, lambda: delete_workflow_device(plant.fleet.service, WORKSPACE, leftover.id, OPERATOR, NOW)
    )
    service = plant.fleet.over(FaultyTable(plant.table, remove))
    with pytest.raises(Unauthenticated):
        report_workflows(service, session, said, NOW)
    assert plant.table.get(keys.workflow_slot(WORKSPACE, leftover.id, plant.fan.id)) is None


def test_a_report_that_comes_into_a_list_is_shown_with_its_log_or_not_at_all() -> None:
    for number in count():
        plant = new_plant()
        device = plant.devices[2]
        report = {plant.pump.id: Report(Content("v1", plant.v1.etag))}
        schedule = _once(number, lambda: plant.fleet.report(device, report))  # noqa: B023 - at once
        shown = plant.shown(plant.fleet.over(FaultyTable(plant.table, schedule)))
        assert all(len(each.log) == each.slot.rev for each in shown)
        if plant.fleet.slot(device, plant.pump).slot.current is None:
            return


def _pending(plant: Plant) -> None:
    assert _dies(plant, _release, at_write(0, Fault.CRASH_AFTER))


def test_a_slot_that_is_not_stored_yet_is_found_by_its_id() -> None:
    plant = new_plant()
    _pending(plant)
    for shown in plant.shown():
        assert get_workflow_slot(plant.fleet.service, WORKSPACE, shown.slot.id) == shown


def test_the_next_operation_builds_on_one_that_somebody_left() -> None:
    plant = new_plant()
    _pending(plant)
    plant.fleet.replace(plant.pump, "v2", "v1")

    assert {each.slot.desired.version for each in plant.shown() if each.slot.desired} == {"v1", "7"}
    assert all(len(each.log) == each.log[-1].rev for each in plant.shown())
    assert plant.is_settled


def test_a_report_on_a_slot_that_is_not_stored_yet_keeps_what_is_wanted() -> None:
    plant = new_plant()
    _pending(plant)
    fresh, old = plant.devices[4], plant.devices[0]
    content = Content("v2", plant.v2.etag)
    for device in (fresh, old):
        plant.fleet.report(device, {plant.pump.id: Report(content)})
        assert plant.fleet.slot(device, plant.pump).slot.is_up_to_date
    shown = plant.shown()
    plant.tick()

    assert plant.shown() == shown
    assert [entry.new for entry in plant.fleet.slot(fresh, plant.pump).log] == [content, content]


def test_an_operation_of_many_parts_leaves_the_rest_to_the_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    after, plant = outcome_of(_release), new_plant()
    monkeypatch.setattr(workflow_operations, "MOST_PARTS_OF_CALL", 1)
    _release(plant, plant.fleet.service)

    assert not plant.is_settled
    assert plant.shown() == after
    assert plant.tick() == 1
    assert plant.is_settled
    assert plant.shown() == after


@pytest.mark.parametrize("fault", [Fault.THROTTLE, Fault.CONFLICT])
def test_an_operation_that_took_hold_is_a_success_however_busy_the_store_is_afterwards(fault: Fault) -> None:
    after, plant = outcome_of(_release), new_plant()
    numbers = count()
    busy = FaultyTable(plant.table, lambda call: fault if call.changes_something and next(numbers) else None)
    _release(plant, plant.fleet.over(busy))

    assert plant.shown() == after
    plant.tick()
    assert plant.is_settled
    assert plant.shown() == after


moves = st.sampled_from(["v1", "v2", "remove", "replace"])
faults = st.dictionaries(
    st.integers(0, 40),
    st.sampled_from([Fault.CONFLICT, Fault.LOSE_ANSWER, Fault.REPEAT, Fault.CRASH_AFTER]),
    max_size=2,
)


@settings(max_examples=examples(40))
@given(st.lists(st.tuples(moves, faults), min_size=1, max_size=4), st.lists(st.integers(0, 9), max_size=200))
def test_in_random_histories_every_device_always_has_the_same_wish(
    operators: list[tuple[str, dict[int, Fault]]], turns: list[int]
) -> None:
    """Each operation is about all devices, so no list and, between operations, no two devices may tell them apart."""
    plant = new_plant()
    plant.fleet.release({plant.pump.id: "v1"}, *plant.devices)

    def operate(move: str, schedule: dict[int, Fault]) -> Callable[[Pause], None]:
        return lambda pause: _operate(plant, move, ViewOfTable(plant.table, WORKSPACE, schedule, pause))

    works = [operate(move, schedule) for move, schedule in operators]
    run_in_turns([*works, lambda pause: _watch(plant, pause), lambda pause: _watch(plant, pause)], turns)
    plant.tick()

    assert plant.is_settled
    assert len(set(_pump_wishes(plant, plant.shown()))) == 1
    assert all([entry.rev for entry in each.log] == sorted(entry.rev for entry in each.log) for each in plant.shown())


def _operate(plant: Plant, move: str, table: ViewOfTable) -> None:
    fleet = plant.fleet.through(plant.fleet.over(table))
    acts: dict[str, Callable[[], None]] = {
        "remove": lambda: fleet.remove(plant.pump, None),
        "replace": lambda: fleet.replace(plant.pump, "v1", "v2"),
    }
    release = lambda: fleet.release({plant.pump.id: move}, *plant.devices)  # noqa: E731 - one of three
    try:
        acts.get(move, release)()
    except (Crash, Exception):  # noqa: BLE001 - the process is gone, or its answer
        return


def _watch(plant: Plant, pause: Pause) -> None:
    service = plant.fleet.over(ViewOfTable(plant.table, WORKSPACE, None, pause))
    for _ in range(3):
        assert len(set(_pump_wishes(plant, plant.shown(service)))) == 1


def _pump_wishes(plant: Plant, shown: list[ShownSlot]) -> Iterator[Content | None]:
    wanted = wishes(shown)
    return (wanted[device.id, plant.pump.id] for device in plant.devices)
