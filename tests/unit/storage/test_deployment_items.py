"""Deployments, rows, shards and retry policies read back as they were stored."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.counters import ASKED, FINAL, OFFERED_BYTES, RETRIES
from sluiceway.domain.deployment import Deployment, State, Target
from sluiceway.domain.device_deployment import DeviceDeployment, Status
from sluiceway.domain.fleet import Cut
from sluiceway.domain.inventory_search import Operator, Place, SavedFilter, Scope, Term
from sluiceway.domain.retry import NO_RETRY, RetryPolicy
from sluiceway.domain.slots import AssignedVersion, ConfigContent, read_assigned_version
from sluiceway.storage import keys
from sluiceway.storage.deployment_items import (
    INLINE_TARGETS,
    BoardEntry,
    directory_item,
    head_item,
    head_key,
    put_board_entry,
    read_board_entry,
    read_directory_entry,
    read_head,
    read_targets,
    target_records,
)
from sluiceway.storage.filter_items import filter_item, read_filter
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.retry_items import read_retry, retry_item
from sluiceway.storage.row_items import put_row, read_row, row_item, row_key
from sluiceway.storage.shard_items import count, fence, read_tally
from sluiceway.storage.table import INDEX_PROJECTIONS, ConditionFailed, Put, Query, Record
from tests.support.app import NOW
from tests.support.artifacts import MOMENTS
from tests.support.control_maps import control_maps
from tests.support.plans import steerings
from tests.support.rows import policies, rows

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
cuts = st.builds(
    Cut, st.lists(st.integers(0, 10**6), min_size=1, max_size=16).map(tuple), st.just("") | st.text("ab_-", max_size=9)
)
NAMES = TEXTS | st.sampled_from(["os", "group"])
scalars = TEXTS | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
terms = st.builds(
    Term,
    st.builds(Place, st.sampled_from(Scope), NAMES),
    st.sampled_from(Operator),
    scalars | st.booleans() | st.lists(scalars, max_size=3).map(tuple),
)
filters = st.builds(SavedFilter, st.uuids().map(str), TEXTS, st.lists(terms, min_size=1, max_size=3).map(tuple))
contents = st.builds(ConfigContent, TEXTS, st.lists(TEXTS, max_size=3).map(tuple)) | st.builds(
    AssignedVersion, TEXTS, st.none() | TEXTS
)
deployments = st.builds(
    Deployment,
    workspace=TEXTS,
    id=st.uuids().map(str),
    order=st.uuids().map(lambda value: f"1773234000000-{value}"),
    created=MOMENTS,
    name=TEXTS,
    artifact_name=TEXTS,
    target=st.sampled_from(Target),
    size=st.integers(0, 10**7),
    shards=st.integers(1, 256),
    content=st.none() | contents,
    force_installation=st.booleans(),
    retry=policies,
    cut=st.none() | cuts,
    filter=st.none() | filters,
    device_group=st.just("") | TEXTS,
    control_map=st.none() | control_maps,
    steering=steerings,
    rolls_back=st.just("") | TEXTS,
    rolled_back_by=st.just("") | TEXTS,
    state=st.sampled_from(State),
    finished=st.none() | MOMENTS,
    aborted_by=st.just("") | TEXTS,
    artifact_ids=st.lists(TEXTS, max_size=3).map(tuple),
)
PRINTED = [
    "deployment_id",
    "device_id",
    "order",
    "status",
    "attempt",
    "asked",
    "started",
    "finished",
    "substate",
    "artifact_id",
    "device_type",
]
PRINTED += ["has_log", "deleted", "deadline", "previous"]
LIST = Deployment("w", "dep", "1-dep", NOW, "n", "app-1", Target.LIST, size=1, shards=1)


@given(deployments, st.integers(1, 99))
def test_a_head_reads_back(deployment: Deployment, rev: int) -> None:
    table = MemoryTable()
    table.write(Put(head_key(deployment), head_item(deployment, rev=rev)))
    stored = table.get(head_key(deployment))

    assert stored is not None
    assert read_head(deployment.workspace, deployment.id, stored) == replace(deployment, rev=rev)


@given(rows)
def test_a_row_reads_back_and_counts_its_revisions(row: DeviceDeployment) -> None:
    table = MemoryTable()
    table.write(replace(put_row(row, row), condition=None))
    stored = table.get(row_key(row))

    assert stored is not None
    assert read_row(row.workspace, Record(row_key(row), stored)) == replace(row, rev=row.rev + 1)


@given(rows)
def test_a_row_shows_in_its_deployments_list_what_the_list_prints(row: DeviceDeployment) -> None:
    table = MemoryTable()
    table.write(Put(row_key(row), row_item(row, rev=1)))
    (record,) = table.query(
        Query(keys.rows_index(row.workspace, row.deployment_id, row.index_part), index="GSI1")
    ).records
    shown = read_row(row.workspace, record)

    assert [getattr(shown, name) for name in PRINTED] == [getattr(row, name) for name in PRINTED]
    assert set(record.item) <= {*INDEX_PROJECTIONS["GSI1"], "G1PK", "G1SK"}


def test_rows_are_listed_by_status_then_device() -> None:
    table = MemoryTable()
    for status, device in [(Status.SUCCESS, "a"), (Status.PENDING, "b"), (Status.PENDING, "a"), (Status.FAILURE, "z")]:
        row = replace(LIST.row_of(f"{device} {status}"), status=status)
        table.write(Put(row_key(row), row_item(row, rev=1)))
    page = table.query(Query(keys.rows_index("w", "dep", 0), index="GSI1"))

    assert [record.item["device"] for record in page.records] == ["z failure", "a pending", "b pending", "a success"]


def test_a_row_is_replaced_as_it_was_read_or_not_at_all() -> None:
    table, fresh = MemoryTable(), LIST.row_of("device")
    table.write(put_row(fresh, fresh))
    with pytest.raises(ConditionFailed):
        table.write(put_row(fresh, fresh))
    stored = replace(fresh, rev=1)
    table.write(put_row(stored, stored))
    with pytest.raises(ConditionFailed):
        table.write(put_row(stored, stored))


@given(policies)
def test_a_retry_policy_reads_back(policy: RetryPolicy) -> None:
    assert read_retry(retry_item(policy)) == policy
    assert read_retry(retry_item(NO_RETRY)) == NO_RETRY
    assert read_retry(None) == NO_RETRY


def test_of_a_retry_policy_only_what_is_unusual_is_stored() -> None:
    assert retry_item(NO_RETRY) == {}
    assert retry_item(RetryPolicy(attempts=3, factor=2.0)) == {"attempts": 3}


def test_a_shard_reads_back_without_its_fence_among_the_counters() -> None:
    table, before = MemoryTable(), LIST.row_of("device")
    asked = replace(before, asked=NOW)
    ended = replace(asked, status=Status.FAILURE, finished=NOW, attempt=2)
    table.write(*count(before, asked, offered_bytes=70))
    table.write(*count(asked, ended))
    table.write(fence("w", "dep", 0))
    tally = read_tally(table.query(Query(keys.deployment_partition("w", "dep"))).records)

    assert dict(tally.counts) == {ASKED: 1, OFFERED_BYTES: 70, FINAL: 1, RETRIES: 1, "failure": 1}
    assert tally.final_at == NOW


@pytest.mark.parametrize(
    ("before", "after", "is_taken"),
    [
        (Status.PENDING, Status.SUCCESS, False),
        (Status.INSTALLING, Status.REBOOTING, False),
        (Status.INSTALLING, Status.INSTALLING, False),
        (Status.SUCCESS, Status.PENDING, False),
        (Status.SUCCESS, Status.FAILURE, True),
    ],
)
def test_a_fenced_shard_takes_nothing_but_another_outcome(before: Status, after: Status, *, is_taken: bool) -> None:
    table = MemoryTable()
    table.write(fence("w", "dep", 0))
    row = replace(LIST.row_of("device"), status=before)
    writes = count(row, replace(row, status=after, substate="nearly"))
    if is_taken:
        table.write(*writes)
    else:
        with pytest.raises(ConditionFailed):
            table.write(*writes)


@given(deployments)
def test_a_deployments_line_in_the_list_reads_back(deployment: Deployment) -> None:
    entry = read_directory_entry(
        Record(keys.deployment_entry(deployment.workspace, deployment.order), directory_item(deployment))
    )

    assert (entry.deployment_id, entry.name, entry.artifact_name, entry.over) == (
        deployment.id,
        deployment.name,
        deployment.artifact_name,
        deployment.is_over,
    )


@given(deployments)
def test_a_board_entry_reads_back(deployment: Deployment) -> None:
    put = put_board_entry(deployment)
    entry = read_board_entry(Record(put.key, put.item))

    wanted = deployment.filter.terms if deployment.filter else ()
    bounded = deployment.steering.is_bounded
    assert entry == BoardEntry(deployment.id, deployment.order, deployment.cut, wanted, is_bounded=bounded)


@given(filters)
def test_a_saved_filter_reads_back(saved: SavedFilter) -> None:
    table = MemoryTable()
    table.write(Put(keys.saved_filter("w", saved.id), filter_item(saved)))
    (record,) = table.query(Query(keys.saved_filters("w"))).records

    assert read_filter(record) == saved


@pytest.mark.parametrize(("size", "items"), [(1, 1), (INLINE_TARGETS, 1), (INLINE_TARGETS + 1, 1), (2_001, 3)])
def test_targets_read_back_in_order_from_one_item_or_from_chunks(size: int, items: int) -> None:
    wanted = [f"device {number}" for number in range(size)]
    table = MemoryTable()
    records = target_records(LIST, wanted)
    table.put_many(records)
    short = table.get(keys.targets("w", "dep"))
    chunks = table.query(keys.target_chunks("w", "dep")).records

    assert len(records) == items
    assert (short is not None) is (size <= INLINE_TARGETS)
    assert [each for item in ([short] if short else [c.item for c in chunks]) for each in read_targets(item)] == wanted


@given(st.uuids().map(str), st.none() | st.text(min_size=1))
def test_what_a_row_keeps_of_a_version_reads_back_also_where_it_is_none(workflow_id: str, version: str | None) -> None:
    assert read_assigned_version(str(AssignedVersion(workflow_id, version))) == AssignedVersion(workflow_id, version)
