"""Lists of workflow slots against the plainest model of them, and how much of their logs one answer holds."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluiceway.domain.errors import Invalid, NotFound
from sluiceway.domain.workflow_slot import Attempt, Content, Report, WorkflowSlot
from sluiceway.storage.memory import MemoryTable
from sluiceway.usecases import workflow_slots
from sluiceway.usecases.workflow_slots import (
    MOST_PAGE_BYTES,
    SlotField,
    SlotListing,
    get_workflow_slot,
    list_workflow_slots,
)
from tests.support.workflow_fleet import WORKSPACE, WorkflowFleet

VERSIONS = ("v 2+b/1", "v2", "V2", "\U0001f680", "\ue000")


@cache
def fleet() -> WorkflowFleet:
    """Six devices and three workflows in every state."""
    made = WorkflowFleet(MemoryTable())
    workflows, devices = [made.workflow(name) for name in ("a", "b", "c")], made.devices(6)
    for workflow in workflows:
        for version in VERSIONS:
            made.publish(workflow, version)
    for number, device in enumerate(devices):
        for place, workflow in enumerate(workflows[: 1 + number % 3]):
            made.release({workflow.id: VERSIONS[(number + place) % len(VERSIONS)]}, device)
            if number % 2:
                made.report(device, {workflow.id: Report(Content(VERSIONS[number % len(VERSIONS)]))})
        if number in {3, 4, 5}:
            made.remove(None, device)
    made.report(devices[3], {}, is_everything=True)
    return made


def everything() -> list[WorkflowSlot]:
    return [shown.slot for shown in fleet().slots()]


def expected(listing: SlotListing) -> list[WorkflowSlot]:
    met = [
        slot
        for slot in everything()
        if listing.device_id in {None, slot.device_id}
        and listing.workflow_id in {None, slot.workflow_id}
        and (listing.version is None or listing.version in {(c or Content("")).version for c in sides(slot)})
        and not (listing.hides_empty and sides(slot) == (None, None))
    ]
    by_id = sorted(met, key=lambda slot: slot.id)
    nothing = [slot for slot in by_id if value(slot, listing.field) is None]
    something = [slot for slot in by_id if value(slot, listing.field) is not None]
    ordered = sorted(something, key=lambda slot: str(value(slot, listing.field)), reverse=listing.descending)
    return [*ordered, *nothing] if listing.descending else [*nothing, *ordered]


def sides(slot: WorkflowSlot) -> tuple[Content | None, Content | None]:
    return slot.desired, slot.current


def value(slot: WorkflowSlot, field: SlotField) -> object:
    found = {
        SlotField.ID: slot.id,
        SlotField.DEVICE: slot.device_id,
        SlotField.WORKFLOW: slot.workflow_id,
        SlotField.DESIRED: slot.desired and slot.desired.version,
        SlotField.CURRENT: slot.current and slot.current.version,
        SlotField.CREATED: slot.created.isoformat(),
        SlotField.UPDATED: slot.updated.isoformat(),
    }
    return found[field]


def test_the_fleet_has_slots_of_every_kind() -> None:
    kinds = {(slot.desired is None, slot.current is None) for slot in everything()}

    assert kinds == {(True, True), (True, False), (False, True), (False, False)}


listings = st.builds(
    lambda device, workflow, version, hides, field, descending, offset, limit: SlotListing(
        device_id=None if device is None else everything()[device].device_id,
        workflow_id=None if workflow is None else everything()[workflow].workflow_id,
        version=version,
        hides_empty=hides,
        field=field,
        descending=descending,
        offset=offset,
        limit=limit,
    ),
    st.none() | st.integers(0, 11),
    st.none() | st.integers(0, 11),
    st.none() | st.sampled_from(VERSIONS) | st.just("v"),
    st.booleans(),
    st.sampled_from(SlotField),
    st.booleans(),
    st.integers(0, 14),
    st.integers(1, 14),
)


@settings(deadline=None)
@given(listings)
def test_a_page_is_what_a_sorted_and_filtered_list_has_there(listing: SlotListing) -> None:
    page = list_workflow_slots(fleet().service, WORKSPACE, listing)
    wanted = expected(listing)

    assert [shown.slot for shown in page.slots] == wanted[listing.offset : listing.offset + listing.limit]
    assert page.total == len(wanted)


def test_another_workspace_sees_nothing() -> None:
    slot = everything()[0]

    assert list_workflow_slots(fleet().service, "other", SlotListing()).total == 0
    with pytest.raises(NotFound):
        get_workflow_slot(fleet().service, "other", slot.id)


@pytest.mark.parametrize("slot_id", ["64b1f0c2a9d3e85f7c10d0ff", "x", "#", ""])
def test_no_slot_has_an_id_that_none_was_given(slot_id: str) -> None:
    with pytest.raises(NotFound):
        get_workflow_slot(fleet().service, WORKSPACE, slot_id)


def test_more_slots_than_a_list_looks_through_are_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflow_slots, "MOST_SLOTS", 2)
    with pytest.raises(Invalid, match="deviceId"):
        fleet().slots()


@pytest.mark.parametrize(("most_bytes", "shown"), [(MOST_PAGE_BYTES, 15), (28_000, 10), (17_000, 3), (100, 0)])
def test_a_page_shows_as_much_of_its_logs_as_one_answer_holds(
    monkeypatch: pytest.MonkeyPatch, most_bytes: int, shown: int
) -> None:
    made = WorkflowFleet(MemoryTable())
    pump, devices = made.workflow(), made.devices(4)
    made.publish(pump, "v1")
    made.release({pump.id: "v1"}, *devices)
    for number in range(14):
        for device in devices:
            made.fails(device, pump, Attempt("v1", "", f"error {number}"), None)
    monkeypatch.setattr(workflow_slots, "MOST_PAGE_BYTES", most_bytes)
    page = made.slots()
    wholes = [get_workflow_slot(made.service, WORKSPACE, each.slot.id).log for each in page]

    assert {len(each.log) for each in page} == {shown}
    assert [each.log for each in page] == [whole[len(whole) - shown :] for whole in wholes]
