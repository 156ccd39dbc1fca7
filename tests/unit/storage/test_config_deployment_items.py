"""Config deployments and their devices in the table: what comes back is what was written, wherever it belongs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.choices import Choice
from sluiceway.domain.config_deployment import (
    Activity,
    ConfigDeployment,
    ConfigSlot,
    Finding,
    Problem,
    Target,
    Trouble,
)
from sluiceway.domain.config_device import ConfigDevice
from sluiceway.storage import keys
from sluiceway.storage.config_deployment_items import (
    changed_config_deployment,
    config_deployment_key,
    new_config_deployment,
    read_config_deployment,
)
from sluiceway.storage.config_device_items import change_slot, config_device_item, read_config_device
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import ConditionFailed, Key, Put

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
IDS = st.text("abc_1", min_size=1, max_size=6)
MOMENTS = st.integers(0, 10**12).map(lambda number: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=number))
MAYBE = st.none() | MOMENTS
CHOICES = st.none() | st.builds(Choice, MOMENTS, st.sampled_from(["", "1773234000000-dep"]))
FINDINGS = st.builds(
    Finding, IDS, TEXTS, st.lists(st.builds(Problem, TEXTS, st.lists(TEXTS, max_size=3).map(tuple))).map(tuple)
)
DEPLOYMENTS = st.builds(
    ConfigDeployment,
    workspace=st.just("w"),
    id=IDS,
    device_id=IDS,
    release_id=IDS,
    instance_ids=st.lists(IDS, min_size=1, max_size=5, unique=True).map(tuple),
    target=st.sampled_from(Target),
    activity=st.sampled_from(Activity),
    created=MOMENTS,
    updated=MOMENTS,
    error=st.sampled_from(Trouble),
    approved=st.booleans(),
    description=TEXTS,
    message=TEXTS,
    findings=st.lists(FINDINGS, max_size=2).map(tuple),
    parent_id=IDS | st.just(""),
    planned=IDS | st.just(""),
    seen=st.integers(0, 9),
    queued=MAYBE,
    handed_over=MAYBE,
    deployed=MAYBE,
    archived=MAYBE,
)
DEVICES = st.builds(
    ConfigDevice,
    workspace=st.just("w"),
    id=IDS,
    name=TEXTS,
    created=MOMENTS,
    updated=MOMENTS,
    slot=st.builds(ConfigSlot, IDS | st.just(""), IDS | st.just(""), st.integers(0, 9), CHOICES, st.integers(0, 9)),
    agent_version=TEXTS,
    session_id=TEXTS,
    epoch=st.integers(0, 9),
    activated=MAYBE,
    connected=MAYBE,
    last_seen=MAYBE,
    is_deleted=st.booleans(),
)


def stored(deployment: ConfigDeployment) -> MemoryTable:
    table = MemoryTable()
    table.write(*new_config_deployment(deployment))
    return table


def read(table: MemoryTable, key: Key) -> ConfigDeployment:
    return read_config_deployment("w", table.get(key) or {})


@given(DEPLOYMENTS)
def test_a_deployment_comes_back_as_it_was_written_in_its_next_revision(deployment: ConfigDeployment) -> None:
    assert read(stored(deployment), config_deployment_key(deployment)) == replace(deployment, rev=1)


@given(DEPLOYMENTS)
def test_the_list_has_all_of_a_deployment_but_its_texts_and_instances(deployment: ConfigDeployment) -> None:
    entry = read(stored(deployment), keys.config_deployment_entry("w", deployment.created, deployment.id))
    assert entry == replace(deployment, rev=1, description="", message="", findings=(), instance_ids=())


@given(DEPLOYMENTS, DEPLOYMENTS)
def test_a_changed_deployment_is_in_one_place_and_the_list_agrees(
    before: ConfigDeployment, other: ConfigDeployment
) -> None:
    table, first = stored(before), replace(before, rev=1)
    after = replace(
        other, id=before.id, device_id=before.device_id, created=before.created, instance_ids=before.instance_ids, rev=1
    )

    table.write(*changed_config_deployment(first, after))

    places = [
        find("w", before.device_id, before.id)
        for find in (keys.live_config_deployment, keys.archived_config_deployment)
    ]
    assert [key for key in places if table.get(key)] == [config_deployment_key(after)]
    assert read(table, config_deployment_key(after)) == replace(after, rev=2)
    entry = read(table, keys.config_deployment_entry("w", before.created, before.id))
    assert (entry.target, entry.activity, entry.error) == (after.target, after.activity, after.error)


@given(DEPLOYMENTS, st.sampled_from(Activity))
def test_a_deployment_that_changed_meanwhile_is_not_overwritten(
    deployment: ConfigDeployment, activity: Activity
) -> None:
    table, once = stored(deployment), replace(deployment, rev=1)
    table.write(*changed_config_deployment(once, replace(once, description="first")))
    with pytest.raises(ConditionFailed):
        table.write(*changed_config_deployment(once, replace(once, activity=activity)))


@given(DEPLOYMENTS)
def test_a_deployment_is_found_by_its_id_and_its_instances_tell_of_it(deployment: ConfigDeployment) -> None:
    table = stored(deployment)
    pointer = table.get(keys.config_deployment_pointer("w", deployment.id)) or {}
    assert pointer["device"] == deployment.device_id
    uses = [table.get(keys.config_instance_use("w", each)) or {} for each in deployment.instance_ids]
    assert {(use["deployment"], use["device"]) for use in uses} == {(deployment.id, deployment.device_id)}


@given(DEVICES)
def test_a_device_comes_back_as_it_was_written(device: ConfigDevice) -> None:
    assert read_config_device("w", config_device_item(device)) == device


SLOTS = st.builds(ConfigSlot, IDS | st.just(""), IDS | st.just(""), st.integers(0, 9), CHOICES)


@given(DEVICES, SLOTS)
def test_a_slot_is_given_its_content_once_for_each_reading_of_it(device: ConfigDevice, slot: ConfigSlot) -> None:
    table, key = MemoryTable(), keys.config_device("w", device.id)
    table.write(Put(key, config_device_item(device)))

    table.write(change_slot(device, slot))

    assert read_config_device("w", table.get(key) or {}) == replace(device, slot=replace(slot, rev=device.slot.rev + 1))
    with pytest.raises(ConditionFailed):
        table.write(change_slot(device, slot))
