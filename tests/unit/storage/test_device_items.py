from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.device import AuthSet, AuthStatus, Device, DeviceEntry
from sluiceway.domain.fleet import GroupMembership, GroupSpan, Membership
from sluiceway.storage.attributes import size_of
from sluiceway.storage.auth_set_items import auth_set_item, auth_set_key, auth_sets_query, read_auth_set
from sluiceway.storage.changes import update_between
from sluiceway.storage.device_items import (
    device_item,
    device_key,
    entry_item,
    entry_key,
    read_device,
    read_entry,
)
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import Key, Present, Put

MOST_HEAD_BYTES = 1920
"""Reached by a device that changed its status and its group dozens of times; others have some 600 bytes."""
WORKSPACE = "6e5dfb9e-2f3e-4b8e-9d5a-9f3c0f0c8a01"
ORDER = f"1773234000000-{WORKSPACE}"
_START = datetime(2020, 1, 1, tzinfo=UTC)

moments = st.integers(0, 10**12).map(lambda milliseconds: _START + timedelta(milliseconds=milliseconds))
ids = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
statuses = st.sampled_from(AuthStatus)
memberships = st.builds(
    Membership,
    since=st.none() | st.integers(0, 10**6),
    past=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=4).map(tuple),
)
groups = st.builds(
    GroupMembership,
    group=st.sampled_from(["", "lab", "field-7"]),
    spans=st.lists(
        st.builds(GroupSpan, st.just("0123456789ab"), st.integers(0, 10**6), st.none() | st.integers(0, 10**6)),
        max_size=3,
    ).map(tuple),
)
devices = st.builds(
    Device,
    workspace=st.just(WORKSPACE),
    id=ids,
    status=statuses,
    created=moments,
    updated=moments,
    accepted=st.just("") | ids,
    epoch=st.integers(0, 10**6),
    done=st.just("") | st.just(ORDER),
    floor=st.just("") | st.just(ORDER),
    device_type=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    membership=memberships,
    groups=groups,
    last_seen=st.none() | moments.filter(lambda moment: moment.year > 1970),
    rev=st.integers(0, 10**6),
)
entries = st.builds(
    DeviceEntry,
    device_id=ids,
    status=statuses,
    identity=st.just('{"mac":"x"}'),
    created=moments,
    device_type=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    membership=memberships,
    groups=groups,
    auth_sets=st.lists(ids, max_size=3).map(tuple),
)
auth_sets = st.builds(AuthSet, ids, ids, st.text(max_size=20), statuses, moments, st.integers(0, 10**6))


def stored(key: Key, item: object) -> object:
    """What the table gives back."""
    table = MemoryTable()
    table.write(Put(key, item))  # type: ignore[arg-type]
    return table.get(key)


@given(devices)
def test_a_head_comes_back_as_it_was(device: Device) -> None:
    assert read_device(WORKSPACE, stored(device_key(device), device_item(device))) == device  # type: ignore[arg-type]


@given(entries)
def test_an_entry_of_the_list_comes_back_as_it_was(entry: DeviceEntry) -> None:
    assert read_entry(stored(entry_key(WORKSPACE, entry), entry_item(entry))) == entry  # type: ignore[arg-type]


@given(auth_sets)
def test_an_auth_set_comes_back_as_it_was(auth_set: AuthSet) -> None:
    key = auth_set_key(WORKSPACE, auth_set)
    assert read_auth_set(stored(key, auth_set_item(auth_set))) == auth_set  # type: ignore[arg-type]


def test_a_head_stays_small_however_long_its_device_has_lived() -> None:
    membership = Membership()
    for number in range(1_000_000, 1_000_400, 2):
        membership = membership.joined(number).left(number + 1)
    groups = GroupMembership()
    for number in range(1_000_000, 1_000_100):
        group = f"{number % 2}" * 256
        groups = replace(
            groups.moved(group, is_accepted=True, numbers={groups.group: number, group: number}), group=group
        )
    device = Device(
        WORKSPACE,
        WORKSPACE,
        AuthStatus.PREAUTHORIZED,
        _START,
        _START,
        accepted=WORKSPACE,
        epoch=10**6,
        done=ORDER,
        floor=ORDER,
        device_type="x" * 256,
        membership=replace(membership, since=1_000_400),
        groups=groups,
        last_seen=_START,
        rev=10**6,
    )
    key = {"PK": device_key(device).pk, "SK": "S"}
    assert size_of({**key, **device_item(device)}) <= MOST_HEAD_BYTES


@given(devices, devices)
def test_an_update_between_two_heads_makes_one_of_the_other(before: Device, after: Device) -> None:
    after = replace(after, id=before.id)
    table, key = MemoryTable(), device_key(before)
    table.write(Put(key, device_item(before)))
    table.write(update_between(key, device_item(before), device_item(after), Present()))
    assert read_device(WORKSPACE, table.get(key) or {}) == replace(after, rev=before.rev + 1)


def test_an_update_leaves_what_it_did_not_change_to_others() -> None:
    before = Device(WORKSPACE, "d", AuthStatus.PENDING, _START, _START)
    update = update_between(
        device_key(before), device_item(before), device_item(replace(before, status=AuthStatus.REJECTED)), Present()
    )
    assert (update.set, update.remove, update.add) == ({"status": "rejected"}, (), {"rev": 1})


def test_the_query_of_auth_sets_finds_them_and_nothing_else() -> None:
    device = Device(WORKSPACE, "d", AuthStatus.PENDING, _START, _START)
    auth_set = AuthSet("ffffffff-ffff-4fff-bfff-ffffffffffff", "d", "pem", AuthStatus.PENDING, _START)
    table = MemoryTable()
    table.write(Put(device_key(device), device_item(device)))
    table.write(Put(Key(device_key(device).pk, f"R#{ORDER}"), {"dep": "x"}))
    table.write(Put(auth_set_key(WORKSPACE, auth_set), auth_set_item(auth_set)))
    assert [read_auth_set(record.item) for record in table.query(auth_sets_query(WORKSPACE, "d")).records] == [auth_set]
