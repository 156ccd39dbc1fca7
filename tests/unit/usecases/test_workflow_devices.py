"""Devices that take workflows, their keys and tokens, and what they ask (losant contract 5.1, 5.3, 5.4, 6.2)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from sluiceway.artifacts.object_keys import workflow_key
from sluiceway.domain.errors import Invalid, InvalidField, NotFound, Unauthenticated
from sluiceway.domain.object_ids import application_id, is_object_id
from sluiceway.domain.workflow_device import CONNECTED_FOR, DeviceClass, Tag, TagSelector
from sluiceway.domain.workflow_slot import Content, Report
from sluiceway.storage.memory import MemoryTable
from sluiceway.usecases import access_keys
from sluiceway.usecases.access_keys import (
    AccessKeyChange,
    NewAccessKey,
    ShownAccessKey,
    get_access_key,
    list_access_keys,
    remove_access_key,
    update_access_key,
)
from sluiceway.usecases.device_workflows import Action, describe_wanted, wanted_bundle, wanted_state
from sluiceway.usecases.object_lists import ObjectField, ObjectListing
from sluiceway.usecases.workflow_device_sessions import (
    DeviceProof,
    log_in_workflow_device,
    open_workflow_device_session,
    record_workflow_contact,
)
from sluiceway.usecases.workflow_devices import (
    DeviceFilter,
    WorkflowDeviceChange,
    create_workflow_device,
    delete_workflow_device,
    get_workflow_device,
    list_workflow_devices,
    list_workflow_devices_by_connection,
    update_workflow_device,
)
from sluiceway.usecases.workflow_devices import NewWorkflowDevice as New
from sluiceway.usecases.workflows import WorkflowChange, update_workflow
from tests.support.app import NOW
from tests.support.faults import FaultyTable
from tests.support.workflow_fleet import OPERATOR, WORKSPACE, WorkflowFleet
from tests.unit.usecases.stores import before_call

LAB = Tag("site", "lab")


@pytest.fixture
def fleet() -> WorkflowFleet:
    return WorkflowFleet(MemoryTable())


def proof_of(shown: ShownAccessKey, device_id: str) -> DeviceProof:
    return DeviceProof(device_id, shown.access_key.key, shown.secret)


def test_a_device_is_kept_as_it_was_made(fleet: WorkflowFleet) -> None:
    made = create_workflow_device(fleet.service, WORKSPACE, New("gw", DeviceClass.EDGE_COMPUTE, (LAB,), '{"a":1}'), NOW)

    assert get_workflow_device(fleet.service, WORKSPACE, made.device.id) == made
    assert is_object_id(made.device.id)
    for name in ("", "x" * 256):
        with pytest.raises(InvalidField):
            create_workflow_device(fleet.service, WORKSPACE, New(name), NOW)
    with pytest.raises(NotFound):
        get_workflow_device(fleet.service, "other", made.device.id)


def test_a_change_leaves_what_it_does_not_name_and_when_the_device_called(fleet: WorkflowFleet) -> None:
    device = create_workflow_device(fleet.service, WORKSPACE, New("gw", tags=(LAB,), details='{"a":1}'), NOW).device
    record_workflow_contact(fleet.service, device, NOW)
    later = NOW + timedelta(hours=1)
    change = WorkflowDeviceChange(name="renamed")
    changed = update_workflow_device(fleet.service, WORKSPACE, device.id, change, source=OPERATOR, now=later)

    assert changed.device == replace(device, name="renamed", updated=later, last_seen=NOW, rev=1)
    assert changed.details == '{"a":1}'
    cleared = WorkflowDeviceChange(tags=(), details=lambda details: details.replace("1", "2"))
    changed = update_workflow_device(fleet.service, WORKSPACE, device.id, cleared, source=OPERATOR, now=later)
    assert (changed.device.name, changed.device.tags, changed.details) == ("renamed", (), '{"a":2}')


def test_devices_are_listed_by_class_tag_and_name(fleet: WorkflowFleet) -> None:
    one, other = fleet.device("press-1", LAB), fleet.device("press-[2]", device_class=DeviceClass.GATEWAY)

    def found(wanted: DeviceFilter, glob: str | None = None, *, descending: bool = False) -> list[str]:
        listing = ObjectListing(ObjectField.NAME, descending, name_glob=glob)
        return [each.id for each in list_workflow_devices(fleet.service, WORKSPACE, wanted, listing).objects]

    assert found(DeviceFilter()) == [one.id, other.id]
    assert found(DeviceFilter(), descending=True) == [other.id, one.id]
    assert found(DeviceFilter(classes=frozenset({DeviceClass.EDGE_COMPUTE}))) == [one.id]
    assert found(DeviceFilter(tags=(TagSelector("site"),))) == [one.id]
    assert found(DeviceFilter(), "press-?") == [one.id]
    assert found(DeviceFilter(), "*[2]") == [other.id]
    assert found(DeviceFilter(), "PRESS*") == []


def test_devices_are_listed_by_whether_they_are_connected(fleet: WorkflowFleet) -> None:
    never, long_ago, now = fleet.devices(3)
    record_workflow_contact(fleet.service, long_ago, NOW - CONNECTED_FOR)
    record_workflow_contact(fleet.service, now, NOW)
    page = list_workflow_devices_by_connection(fleet.service, WORKSPACE, DeviceFilter(), ObjectListing(), NOW)

    assert [(each.id, each.is_connected(NOW)) for each in page.objects] == [
        (never.id, None),
        (long_ago.id, False),
        (now.id, True),
    ]


def test_a_device_with_key_and_secret_gets_a_token_that_ends(fleet: WorkflowFleet) -> None:
    device = fleet.device()
    token = log_in_workflow_device(fleet.service, proof_of(fleet.common_key, device.id), NOW).token

    assert open_workflow_device_session(fleet.service, token, NOW).device == device
    with pytest.raises(Unauthenticated):
        open_workflow_device_session(fleet.service, token, NOW + timedelta(days=1, seconds=1))
    lasting = log_in_workflow_device(fleet.service, proof_of(fleet.common_key, device.id), NOW, life=None).token
    assert open_workflow_device_session(fleet.service, lasting, NOW + timedelta(days=3650)).device == device


def test_nobody_gets_in_with_anything_else(fleet: WorkflowFleet) -> None:
    device, key = fleet.device(), fleet.common_key
    good = proof_of(key, device.id)
    wrong = [
        replace(good, secret="guess"),
        replace(good, key="guess"),
        replace(good, key=""),
        replace(good, device_id="64b1f0c2a9d3e85f7c10de99"),
        replace(good, device_id=""),
    ]
    for proof in wrong:
        with pytest.raises(Unauthenticated):
            log_in_workflow_device(fleet.service, proof, NOW)


def test_a_restricted_key_admits_its_devices_only_and_a_change_is_felt_at_once(fleet: WorkflowFleet) -> None:
    named, tagged, other = fleet.device("a"), fleet.device("b", LAB), fleet.device("c")
    key = fleet.access_key(NewAccessKey(frozenset({named.id}), (TagSelector("site", "lab"),)))
    tokens = {
        device.id: log_in_workflow_device(fleet.service, proof_of(key, device.id), NOW).token
        for device in (named, tagged)
    }
    with pytest.raises(Unauthenticated):
        log_in_workflow_device(fleet.service, proof_of(key, other.id), NOW)
    update_access_key(fleet.service, WORKSPACE, key.access_key.id, AccessKeyChange(device_tags=()), NOW)

    assert open_workflow_device_session(fleet.service, tokens[named.id], NOW)
    with pytest.raises(Unauthenticated):
        open_workflow_device_session(fleet.service, tokens[tagged.id], NOW)


@pytest.mark.parametrize("ending", ["deleted", "inactive", "device deleted"])
def test_a_token_ends_with_its_key_or_its_device(fleet: WorkflowFleet, ending: str) -> None:
    device, key = fleet.device(), fleet.access_key()
    token = log_in_workflow_device(fleet.service, proof_of(key, device.id), NOW).token
    if ending == "deleted":
        remove_access_key(fleet.service, WORKSPACE, key.access_key.id)
    elif ending == "inactive":
        update_access_key(fleet.service, WORKSPACE, key.access_key.id, AccessKeyChange(is_active=False), NOW)
    else:
        delete_workflow_device(fleet.service, WORKSPACE, device.id, OPERATOR, NOW)
    with pytest.raises(Unauthenticated):
        open_workflow_device_session(fleet.service, token, NOW)


def test_the_secret_of_a_key_is_nowhere(fleet: WorkflowFleet) -> None:
    key = fleet.access_key()
    assert isinstance(fleet.table, MemoryTable)

    assert key.secret not in repr(fleet.table.contents()) + repr(key)
    assert list_access_keys(fleet.service, WORKSPACE) == [key.access_key]
    assert get_access_key(fleet.service, WORKSPACE, key.access_key.id) == key.access_key
    remove_access_key(fleet.service, WORKSPACE, key.access_key.id)
    with pytest.raises(NotFound):
        remove_access_key(fleet.service, WORKSPACE, key.access_key.id)


def test_the_last_free_place_for_a_key_is_given_away_once_and_again_when_it_is_given_back(
    fleet: WorkflowFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_keys, "MOST_ACCESS_KEYS", 2)
    first = fleet.access_key().access_key
    race = FaultyTable(fleet.table, before_call(1, fleet.access_key))
    with pytest.raises(Invalid, match="2 access keys"):
        fleet.through(fleet.over(race)).access_key()
    remove_access_key(fleet.service, WORKSPACE, first.id)
    fleet.access_key()
    assert len(list_access_keys(fleet.service, WORKSPACE)) == 2


def test_a_device_is_told_what_to_do_and_the_etag_changes_with_that_alone(fleet: WorkflowFleet) -> None:
    device, pump, valve = fleet.device(), fleet.workflow(), fleet.workflow("valve")
    v1 = fleet.publish(pump, "v1", agent="2.4.0")
    fleet.publish(valve, "7")
    fleet.release({pump.id: "v1", valve.id: "7"}, device)
    state = wanted_state(fleet.service, fleet.session(device))
    assert state == wanted_state(fleet.service, fleet.session(device))
    update_workflow(fleet.service, WORKSPACE, pump.id, WorkflowChange(description="text"), fleet.now())
    assert wanted_state(fleet.service, fleet.session(device)) == state
    update_workflow(fleet.service, WORKSPACE, pump.id, WorkflowChange(name="renamed"), fleet.now())
    renamed = wanted_state(fleet.service, fleet.session(device))
    assert renamed.etag != state.etag
    assert renamed == wanted_state(fleet.service, fleet.session(device))

    fleet.runs(device, pump, v1)
    fleet.report(device, {valve.id: Report(Content("6"))})
    fleet.remove(valve, device)
    later = wanted_state(fleet.service, fleet.session(device))
    described = {each.workflow.name: each for each in describe_wanted(fleet.service, later)}
    assert later.etag not in {state.etag, renamed.etag}
    assert described["renamed"].action is Action.NONE
    assert described["renamed"].minimum_agent_version == "2.4.0"
    assert described["valve"].action is Action.REMOVE


def test_what_a_pending_version_asks_of_the_agent_stays_when_its_name_is_published_anew(fleet: WorkflowFleet) -> None:
    device, pump = fleet.device(), fleet.workflow()
    fleet.publish(pump, "v1", agent="2.4.0")
    fleet.release({pump.id: "v1"}, device)
    for agent in ("3.0.0", ""):
        fleet.publish(pump, "v1", "anew", agent, agent=agent)
        (wanted,) = describe_wanted(fleet.service, wanted_state(fleet.service, fleet.session(device)))
        assert wanted.minimum_agent_version == "2.4.0"
    fleet.release({pump.id: "v1"}, device)
    (wanted,) = describe_wanted(fleet.service, wanted_state(fleet.service, fleet.session(device)))
    assert wanted.minimum_agent_version == ""


def test_a_bundle_is_what_was_published_and_its_etag_is_its_checksum(fleet: WorkflowFleet) -> None:
    device, pump = fleet.device(), fleet.workflow()
    v1 = fleet.publish(pump, "v 1/ü", "one", agent="2.4.0")
    fleet.release({pump.id: v1.name}, device)
    fleet.publish(pump, "v 1/ü", "another")
    bundle = wanted_bundle(fleet.service, fleet.session(device), pump.id, NOW)
    stored = fleet.objects.get(workflow_key(WORKSPACE, v1.etag))

    assert (bundle.content, bundle.size) == (Content(v1.name, v1.etag), len(stored))
    assert hashlib.sha256(stored).hexdigest() == v1.etag
    assert bundle.expires == NOW + timedelta(seconds=900)
    assert f"{v1.etag}?" in bundle.url
    assert "application%2Fjson" in bundle.url
    assert json.loads(stored) == {
        "applicationId": application_id(WORKSPACE),
        "flowId": pump.id,
        "flowName": "pump",
        "flowVersionId": v1.id,
        "version": "v 1/ü",
        "minimumAgentVersion": "2.4.0",
        "globals": [],
        "triggers": [],
        "nodes": [{"type": "one"}],
    }
    assert b": " not in stored


def test_there_is_no_bundle_of_what_is_not_wanted(fleet: WorkflowFleet) -> None:
    device, pump = fleet.device(), fleet.workflow()
    v1 = fleet.publish(pump, "v1")
    fleet.release({pump.id: "v1"}, device)
    fleet.runs(device, pump, v1)
    fleet.remove(pump, device)
    for workflow_id in (pump.id, "64b1f0c2a9d3e85f7c10f099"):
        with pytest.raises(NotFound):
            wanted_bundle(fleet.service, fleet.session(device), workflow_id, NOW)


def test_a_whole_report_ends_what_it_leaves_out_and_names_what_nobody_knows(fleet: WorkflowFleet) -> None:
    device, pump, valve = fleet.device(), fleet.workflow(), fleet.workflow("valve")
    for workflow in (pump, valve):
        fleet.runs(device, workflow, fleet.publish(workflow, "1"))
    ignored = fleet.report(
        device, {pump.id: Report(Content("1")), "#": Report(None)}, is_everything=True, agent="2.4.1"
    )

    assert ignored == ["#"]
    assert fleet.slot(device, valve).slot.current is None
    assert fleet.slot(device, pump).slot.current == Content("1")
    assert fleet.session(device).device.agent_version == "2.4.1"


def test_a_report_of_a_hundred_workflows_is_stored_whole(fleet: WorkflowFleet) -> None:
    device = fleet.device()
    workflows = [fleet.workflow(f"w{number}") for number in range(100)]
    fleet.report(device, {workflow.id: Report(Content("1")) for workflow in workflows})

    assert {shown.slot.workflow_id for shown in fleet.slots()} == {workflow.id for workflow in workflows}
    assert fleet.wanted(device) == {workflow.id: None for workflow in workflows}


def test_only_an_edge_compute_device_asks_for_itself(fleet: WorkflowFleet) -> None:
    edge, other = fleet.device(), fleet.device(device_class=DeviceClass.STANDALONE)
    fleet.session(edge).require_slots(edge.id)
    for session, device_id in ((fleet.session(edge), other.id), (fleet.session(other), other.id)):
        with pytest.raises(NotFound):
            session.require_slots(device_id)
