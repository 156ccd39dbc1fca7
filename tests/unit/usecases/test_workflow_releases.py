"""Releasing, removing and replacing versions of workflows: the rules of losant contract 4.2-4.6, each by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pytest

from sluiceway.domain.errors import Invalid, MissingReferences, UnfitReferences
from sluiceway.domain.workflow import Workflow, WorkflowClass, WorkflowVersion
from sluiceway.domain.workflow_device import DeviceClass, Tag, TagSelector, WorkflowDevice
from sluiceway.domain.workflow_operation import MOST_TARGETS, Release, Removal
from sluiceway.domain.workflow_slot import Actor, Attempt, Content, Report, Side, Source
from sluiceway.storage.attributes import Attributes
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import Backoff, Key
from sluiceway.usecases.assign_workflows import Selection, remove_workflows
from sluiceway.usecases.workflow_devices import (
    WorkflowDeviceChange,
    delete_workflow_device,
    update_workflow_device,
)
from sluiceway.usecases.workflow_slots import SlotListing, get_workflow_slot
from sluiceway.usecases.workflow_versions import remove_workflow_version
from sluiceway.usecases.workflows import delete_workflow
from tests.support.workflow_fleet import OPERATOR, WORKSPACE, WorkflowFleet

ABSENT = "64b1f0c2a9d3e85f7c10de99"


@pytest.fixture
def fleet() -> WorkflowFleet:
    return WorkflowFleet(MemoryTable(Backoff(sleep=lambda _: None)))


@pytest.fixture
def pump(fleet: WorkflowFleet) -> Workflow:
    return fleet.workflow()


@pytest.fixture
def v1(fleet: WorkflowFleet, pump: Workflow) -> WorkflowVersion:
    return fleet.publish(pump, "v1", "one")


@pytest.fixture
def v2(fleet: WorkflowFleet, pump: Workflow) -> WorkflowVersion:
    return fleet.publish(pump, "v2", "two")


@pytest.fixture
def gateway(fleet: WorkflowFleet) -> WorkflowDevice:
    return fleet.device()


def stored(fleet: WorkflowFleet) -> dict[Key, Attributes]:
    assert isinstance(fleet.table, MemoryTable)
    return fleet.table.contents()


@contextmanager
def nothing_is_written(fleet: WorkflowFleet) -> Iterator[None]:
    before = stored(fleet)
    yield
    assert stored(fleet) == before


def sides(fleet: WorkflowFleet) -> dict[str, tuple[str | None, str | None]]:
    """Wanted and running version by device, of a fleet with one workflow."""
    return {
        shown.slot.device_id: (
            shown.slot.desired.version if shown.slot.desired else None,
            shown.slot.current.version if shown.slot.current else None,
        )
        for shown in fleet.slots()
    }


@pytest.mark.usefixtures("v1")
def test_a_release_is_wanted_on_every_named_device(fleet: WorkflowFleet, pump: Workflow) -> None:
    one, other, third = fleet.devices(3)
    fleet.release({pump.id: "v1"}, one, other)

    assert sides(fleet) == {one.id: ("v1", None), other.id: ("v1", None)}
    assert fleet.wanted(one) == {pump.id: "v1"}
    assert fleet.wanted(third) == {}


def test_a_release_says_who_wants_which_content(
    fleet: WorkflowFleet, pump: Workflow, v1: WorkflowVersion, gateway: WorkflowDevice
) -> None:
    fleet.release({pump.id: "v1"}, gateway)

    (shown,) = fleet.slots()
    (entry,) = shown.log
    assert shown.slot.desired == Content("v1", v1.etag)
    assert (entry.side, entry.source, entry.previous, entry.new) == (Side.DESIRED, OPERATOR, None, shown.slot.desired)
    assert shown.slot.created == shown.slot.updated == entry.date


@pytest.mark.usefixtures("v1")
@pytest.mark.parametrize("number", [1, 3, 60])
def test_a_repeated_release_writes_nothing(fleet: WorkflowFleet, pump: Workflow, number: int) -> None:
    devices = fleet.devices(number)
    fleet.release({pump.id: "v1"}, *devices)
    with nothing_is_written(fleet):
        fleet.release({pump.id: "v1"}, *devices)


def test_a_release_again_of_what_was_published_anew_brings_the_new_content(
    fleet: WorkflowFleet, pump: Workflow, v1: WorkflowVersion, gateway: WorkflowDevice
) -> None:
    fleet.release({pump.id: "v1"}, gateway)
    anew = fleet.publish(pump, "v1", "another")
    assert anew.id == v1.id
    assert fleet.slot(gateway, pump).slot.desired == Content("v1", v1.etag)
    fleet.release({pump.id: "v1"}, gateway)

    shown = fleet.slot(gateway, pump)
    assert shown.slot.desired == Content("v1", anew.etag)
    assert [(entry.previous, entry.new) for entry in shown.log][1:] == [(Content("v1", v1.etag), shown.slot.desired)]


@pytest.mark.usefixtures("v1", "v2")
def test_several_workflows_in_one_release_hold_together(fleet: WorkflowFleet, pump: Workflow) -> None:
    valve, (one, other) = fleet.workflow("valve"), fleet.devices(2)
    fleet.publish(valve, "7")
    fleet.release({pump.id: "v1", valve.id: "7"}, one, other)
    fleet.release({pump.id: None, valve.id: "7"}, one)

    assert fleet.wanted(one) == {valve.id: "7"}
    assert fleet.wanted(other) == {pump.id: "v1", valve.id: "7"}


@pytest.mark.usefixtures("v1")
def test_ids_and_tags_add_up_and_devices_of_other_classes_are_passed_over(fleet: WorkflowFleet, pump: Workflow) -> None:
    lab, hall = Tag("site", "lab"), Tag("site", "hall")
    named, in_lab, old = fleet.device("a"), fleet.device("b", lab), fleet.device("c", Tag("old", "yes"))
    fleet.device("d", hall)
    fleet.device("e", lab, device_class=DeviceClass.PERIPHERAL)
    tags = (TagSelector("site", "lab"), TagSelector(key="old"), TagSelector(value="nowhere"))
    fleet.release({pump.id: "v1"}, named, tags=tags)

    assert set(sides(fleet)) == {named.id, in_lab.id, old.id}


@pytest.mark.usefixtures("v1")
def test_tags_that_select_nobody_are_a_success_without_effect(fleet: WorkflowFleet, pump: Workflow) -> None:
    fleet.device("a", Tag("site", "lab"))
    with nothing_is_written(fleet):
        fleet.release({pump.id: "v1"}, tags=(TagSelector("site", "hall"),))


@pytest.mark.parametrize("tags", [(), (TagSelector(),), (TagSelector("a", "b"), TagSelector())])
def test_a_selection_names_somebody_and_never_everybody(tags: tuple[TagSelector, ...]) -> None:
    with pytest.raises(Invalid):
        Selection(tags=tags)


def test_a_release_to_more_devices_than_one_operation_holds_is_refused() -> None:
    with pytest.raises(Invalid, match="20000 at most"):
        Release({"f": None}, frozenset(map(str, range(MOST_TARGETS + 1))))
    with pytest.raises(Invalid, match="2000 at most"):
        Release({str(number): None for number in range(25)}, frozenset(map(str, range(2_001))))


@pytest.mark.usefixtures("v1")
@pytest.mark.parametrize(
    ("subject", "versions"),
    [
        ("workflow", lambda _: {ABSENT: "v1"}),
        ("workflow", lambda pump: {pump: "v1", "": "v1"}),
        ("workflow version", lambda pump: {pump: "v9"}),
    ],
)
def test_what_does_not_exist_is_named_and_nothing_is_written(
    fleet: WorkflowFleet,
    pump: Workflow,
    gateway: WorkflowDevice,
    subject: str,
    versions: Callable[[str], Mapping[str, str | None]],
) -> None:
    with nothing_is_written(fleet), pytest.raises(MissingReferences) as refusal:
        fleet.release(versions(pump.id), gateway)
    assert refusal.value.subject == subject


@pytest.mark.usefixtures("v1")
def test_unknown_devices_are_listed_and_the_others_get_nothing(
    fleet: WorkflowFleet, pump: Workflow, gateway: WorkflowDevice
) -> None:
    gone = fleet.device("gone")
    delete_workflow_device(fleet.service, WORKSPACE, gone.id, OPERATOR, fleet.now())
    with nothing_is_written(fleet), pytest.raises(MissingReferences) as refusal:
        fleet.release({pump.id: "v1"}, gateway, gone)
    assert (refusal.value.subject, [each.id for each in refusal.value.offenders]) == ("device", [gone.id])


@pytest.mark.usefixtures("v1")
def test_named_devices_of_other_classes_are_listed(
    fleet: WorkflowFleet, pump: Workflow, gateway: WorkflowDevice
) -> None:
    sensor = fleet.device("sensor", device_class=DeviceClass.PERIPHERAL)
    with nothing_is_written(fleet), pytest.raises(UnfitReferences) as refusal:
        fleet.release({pump.id: "v1"}, gateway, sensor)
    assert [(each.id, each.name) for each in refusal.value.offenders] == [(sensor.id, "sensor")]


def test_a_workflow_of_another_class_is_not_released(fleet: WorkflowFleet, gateway: WorkflowDevice) -> None:
    cloud = fleet.workflow("cloud", WorkflowClass.CLOUD)
    fleet.publish(cloud, "v1")
    with nothing_is_written(fleet), pytest.raises(UnfitReferences):
        fleet.release({cloud.id: "v1"}, gateway)


@pytest.mark.parametrize("version", ["develop", "default", "", "x" * 256])
def test_reserved_and_impossible_versions_are_refused(
    fleet: WorkflowFleet, pump: Workflow, gateway: WorkflowDevice, version: str
) -> None:
    with nothing_is_written(fleet), pytest.raises(Invalid):
        fleet.release({pump.id: version}, gateway)


@pytest.mark.usefixtures("v1")
def test_releasing_nothing_where_nothing_is_makes_no_slot(
    fleet: WorkflowFleet, pump: Workflow, gateway: WorkflowDevice
) -> None:
    with nothing_is_written(fleet):
        fleet.release({pump.id: None}, gateway)


@pytest.mark.usefixtures("v1")
def test_removal_takes_a_pair_a_workflow_or_everything_of_a_device(fleet: WorkflowFleet, pump: Workflow) -> None:
    valve, (one, other, third) = fleet.workflow("valve"), fleet.devices(3)
    fleet.publish(valve, "7")
    fleet.release({pump.id: "v1", valve.id: "7"}, one, other, third)

    fleet.remove(pump, one)
    assert fleet.wanted(one) == {valve.id: "7"}
    fleet.remove(None, other)
    assert fleet.wanted(other) == {}
    fleet.remove(valve, None)
    assert fleet.wanted(one) == {}
    assert fleet.wanted(third) == {pump.id: "v1"}


@pytest.mark.usefixtures("v1")
def test_removal_where_nothing_is_wanted_writes_nothing(
    fleet: WorkflowFleet, pump: Workflow, gateway: WorkflowDevice
) -> None:
    with nothing_is_written(fleet):
        fleet.remove(pump, gateway)
        fleet.remove(pump, None)
        fleet.remove(None, gateway)
    fleet.release({pump.id: "v1"}, gateway)
    fleet.remove(pump, None)
    with nothing_is_written(fleet):
        fleet.remove(pump, gateway)


@pytest.mark.parametrize(("workflow_id", "device_id"), [(ABSENT, None), (None, ABSENT)])
def test_removal_of_what_does_not_exist_is_refused(
    fleet: WorkflowFleet, workflow_id: str | None, device_id: str | None
) -> None:
    with nothing_is_written(fleet), pytest.raises(MissingReferences):
        remove_workflows(fleet.service, WORKSPACE, Removal(workflow_id, device_id), OPERATOR, fleet.now())


def test_removal_of_everything_everywhere_is_refused(fleet: WorkflowFleet) -> None:
    with nothing_is_written(fleet), pytest.raises(Invalid, match="cannot both be null"):
        fleet.remove(None, None)


@pytest.mark.usefixtures("v2")
def test_replacing_redirects_who_waits_and_leaves_alone_who_wants_something_else(
    fleet: WorkflowFleet, pump: Workflow, v1: WorkflowVersion
) -> None:
    waiting, running, elsewhere, leaving = fleet.devices(4)
    fleet.publish(pump, "v3")
    fleet.release({pump.id: "v1"}, waiting, running, elsewhere, leaving)
    for device in (running, elsewhere, leaving):
        fleet.runs(device, pump, v1)
    fleet.release({pump.id: "v3"}, elsewhere)
    fleet.remove(pump, leaving)
    fleet.replace(pump, "v1", "v2")

    assert sides(fleet) == {
        waiting.id: ("v2", None),
        running.id: ("v2", "v1"),
        elsewhere.id: ("v3", "v1"),
        leaving.id: (None, "v1"),
    }
    fleet.replace(pump, "v2", None)
    assert {device for device, (wanted, _) in sides(fleet).items() if wanted} == {elsewhere.id}


@pytest.mark.usefixtures("v1")
def test_the_old_version_of_a_replacement_need_not_exist_and_the_new_one_must(
    fleet: WorkflowFleet, pump: Workflow
) -> None:
    with nothing_is_written(fleet):
        fleet.replace(pump, "never", "v1")
        with pytest.raises(MissingReferences):
            fleet.replace(pump, "v1", "never")
        with pytest.raises(Invalid):
            fleet.replace(pump, "v1", "develop")


def test_a_confirmed_removal_leaves_an_empty_slot_that_a_list_can_hide(
    fleet: WorkflowFleet, pump: Workflow, v1: WorkflowVersion, gateway: WorkflowDevice
) -> None:
    fleet.release({pump.id: "v1"}, gateway)
    fleet.runs(gateway, pump, v1)
    made = fleet.slot(gateway, pump).slot
    fleet.remove(pump, gateway)
    fleet.runs(gateway, pump, None)

    assert sides(fleet) == {gateway.id: (None, None)}
    assert fleet.slots(SlotListing(hides_empty=True)) == []
    assert fleet.wanted(gateway) == {}
    fleet.release({pump.id: "v1"}, gateway)
    again = fleet.slot(gateway, pump)
    assert (again.slot.id, again.slot.created, len(again.log)) == (made.id, made.created, 5)


@pytest.mark.parametrize("number", [1, 50])
def test_deleting_a_device_takes_its_slots_and_its_tokens(fleet: WorkflowFleet, number: int) -> None:
    workflows = [fleet.workflow(f"flow {each}") for each in range(number)]
    for workflow in workflows:
        fleet.publish(workflow, "v1")
    one, other = fleet.devices(2)
    for start in range(0, number, 25):
        fleet.release({workflow.id: "v1" for workflow in workflows[start : start + 25]}, one, other)
    delete_workflow_device(fleet.service, WORKSPACE, one.id, OPERATOR, fleet.now())

    assert {shown.slot.device_id for shown in fleet.slots()} == {other.id}
    assert len(fleet.slots()) == number
    assert not [key for key, item in stored(fleet).items() if item.get("device") == {"S": one.id}]


@pytest.mark.usefixtures("v1")
def test_a_device_that_takes_workflows_no_more_loses_its_slots(
    fleet: WorkflowFleet, pump: Workflow, gateway: WorkflowDevice
) -> None:
    fleet.release({pump.id: "v1"}, gateway)
    change = WorkflowDeviceChange(device_class=DeviceClass.GATEWAY)
    update_workflow_device(fleet.service, WORKSPACE, gateway.id, change, source=OPERATOR, now=fleet.now())

    assert fleet.slots() == []


def test_deleting_a_version_wants_nothing_where_it_was_wanted_and_leaves_what_runs(
    fleet: WorkflowFleet, pump: Workflow, v1: WorkflowVersion, v2: WorkflowVersion
) -> None:
    one, other = fleet.devices(2)
    fleet.release({pump.id: "v1"}, one, other)
    fleet.runs(other, pump, v1)
    fleet.release({pump.id: "v2"}, other)
    remove_workflow_version(fleet.service, WORKSPACE, pump.id, v1.id, source=OPERATOR, now=fleet.now())

    assert sides(fleet) == {one.id: (None, None), other.id: ("v2", "v1")}
    remove_workflow_version(fleet.service, WORKSPACE, pump.id, v2.name, source=OPERATOR, now=fleet.now())
    assert sides(fleet) == {one.id: (None, None), other.id: (None, "v1")}


def test_deleting_a_workflow_takes_its_slots_once_their_devices_have_dropped_it(
    fleet: WorkflowFleet, pump: Workflow, v1: WorkflowVersion
) -> None:
    waiting, running = fleet.devices(2)
    fleet.release({pump.id: "v1"}, waiting, running)
    fleet.runs(running, pump, v1)
    delete_workflow(fleet.service, WORKSPACE, pump.id, OPERATOR, fleet.now())

    assert sides(fleet) == {waiting.id: (None, None), running.id: (None, "v1")}
    assert fleet.slot(running, pump).workflow.name == "pump"
    assert fleet.wanted(running) == {pump.id: None}
    with pytest.raises(MissingReferences):
        fleet.release({pump.id: "v1"}, running)
    for device in (waiting, running):
        fleet.runs(device, pump, None)
    assert fleet.slots() == []


def test_a_device_that_runs_a_deleted_workflow_is_told_to_drop_it(
    fleet: WorkflowFleet, pump: Workflow, v1: WorkflowVersion
) -> None:
    installing, leftover = fleet.devices(2)
    fleet.release({pump.id: "v1"}, installing)
    delete_workflow(fleet.service, WORKSPACE, pump.id, OPERATOR, fleet.now())
    for device in (installing, leftover):
        assert fleet.report(device, {pump.id: Report(Content("v1", v1.etag))}) == []
        assert fleet.wanted(device) == {pump.id: None}
        fleet.runs(device, pump, None)

    assert fleet.slots() == []


@pytest.mark.usefixtures("v2")
def test_a_failed_attempt_is_logged_once_and_leaves_what_runs(
    fleet: WorkflowFleet, pump: Workflow, v1: WorkflowVersion, gateway: WorkflowDevice
) -> None:
    fleet.release({pump.id: "v1"}, gateway)
    fleet.runs(gateway, pump, v1)
    fleet.release({pump.id: "v2"}, gateway)
    attempt = Attempt("v2", "", "needs 2.4.0")
    for _ in range(2):
        fleet.fails(gateway, pump, attempt, Content("v1", v1.etag))

    shown = fleet.slot(gateway, pump)
    assert sides(fleet) == {gateway.id: ("v2", "v1")}
    assert [entry.attempt for entry in shown.log] == [None, None, None, attempt]
    assert shown.log[-1].source == Source(Actor.DEVICE, gateway.id)


def test_one_slot_is_found_by_its_id_with_its_whole_log(
    fleet: WorkflowFleet, pump: Workflow, v1: WorkflowVersion, gateway: WorkflowDevice
) -> None:
    fleet.release({pump.id: "v1"}, gateway)
    fleet.runs(gateway, pump, v1)
    shown = fleet.slot(gateway, pump)

    assert get_workflow_slot(fleet.service, WORKSPACE, shown.slot.id) == shown
