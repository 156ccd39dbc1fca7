"""No id, however hostile, finds another item than its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import partial
from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sluiceway.domain.config_kinds import ConfigKind
from sluiceway.domain.errors import Invalid
from sluiceway.domain.identifiers import MOST_ID_BYTES
from sluiceway.storage import keys
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import Key, Put, Query

CHARACTERS = st.one_of(st.sampled_from("#%\0\x1f\x7f~SRA0123456789ABCDEFD -"), st.characters(exclude_categories=["Cs"]))
IDS = st.text(CHARACTERS, min_size=1, max_size=12)
OBJECT_IDS = st.text("0123456789abcdef#%~", min_size=1, max_size=24)
HOSTILE = ["#", "%", "%23", "a#D", "a#D#b", "S", "R#1", "\0", "\n", "\x7f", "%%", "~", "é", "\U0001f680", " "]
ORDERS = st.integers(0, 10**13 - 1).map(lambda number: f"{number:013d}-id")
CREATED = datetime(2026, 3, 11, tzinfo=UTC)
Finder = Callable[[str, str], Key]
FINDERS: dict[str, Finder] = {
    "workspace": lambda ws, _: keys.workspace(ws),
    "sequence": lambda ws, _: keys.sequence(ws),
    "user": keys.user,
    "token": keys.token,
    "api_key": keys.api_key,
    "webhook": keys.webhook,
    "event": lambda ws, one: keys.event(ws, keys.order_of(CREATED, one)),
    "device": keys.device,
    "auth_set": lambda ws, one: keys.auth_set(ws, one, one),
    "auth_set_pointer": keys.auth_set_pointer,
    "identity": keys.identity,
    "device_entry": lambda ws, one: keys.device_entry(ws, "accepted", one),
    "inventory": keys.inventory,
    "fleet_shard": lambda ws, _: keys.fleet_shard_item(ws, 3),
    "artifact": lambda ws, one: keys.artifact(ws, one, "1-id"),
    "artifact_pointer": keys.artifact_pointer,
    "release": keys.release,
    "release_use": lambda ws, one: keys.release_use(ws, one, one),
    "deployment": keys.deployment,
    "targets": keys.targets,
    "target_chunk": lambda ws, one: keys.target_chunk(ws, one, 1),
    "counter_shard": lambda ws, one: keys.counter_shard(ws, one, 1),
    "history_entry": lambda ws, one: keys.history_entry(ws, one, "1-id"),
    "deployment_entry": lambda ws, _: keys.deployment_entry(ws, "1-id"),
    "definition": lambda ws, one: keys.definition(ws, keys.digest(one)),
    "board_entry": lambda ws, _: keys.board_entry(ws, "1-id"),
    "row": lambda ws, one: keys.row(ws, one, "1-id"),
    **{f"{kind}": partial(lambda kind, ws, one: keys.config_record(ws, kind, one), kind) for kind in ConfigKind},
    "config_body": lambda ws, one: keys.config_body(ws, ConfigKind.SCHEMA, one),
    "config_entry": lambda ws, one: keys.config_entry(ws, ConfigKind.TYPE, CREATED, one),
    "config_type_slug": keys.config_type_slug,
    "config_schema_like": keys.config_schema_like,
    "config_release_version": keys.config_release_version,
    "git_commit_of": lambda ws, one: keys.git_commit_of(ws, one, one),
    "workflow_device": keys.workflow_device,
    "workflow_device_details": keys.workflow_device_details,
    "workflow_device_entry": lambda ws, one: keys.workflow_device_entry(ws, CREATED, one),
    "workflow_slot": lambda ws, one: keys.workflow_slot(ws, one, one),
    "workflow_slot_log": keys.workflow_slot_log,
    "workflow_ledger": lambda ws, _: keys.workflow_ledger(ws),
    "workflow_operation": lambda ws, _: keys.workflow_operation(ws, 1),
    "workflow": keys.workflow,
    "workflow_version": lambda ws, one: keys.workflow_version(ws, one, one),
    "workflow_bundle": lambda ws, one: keys.workflow_bundle(ws, one, one),
    "workflow_version_name": lambda ws, one: keys.workflow_version_name(ws, one, one),
    "access_key": keys.access_key,
    "access_key_pointer": lambda _, one: keys.access_key_pointer(one),
    "application_token": keys.application_token,
    "config_device": keys.config_device,
    "config_device_key": keys.config_device_key,
    "live_config_deployment": lambda ws, one: keys.live_config_deployment(ws, one, one),
    "archived_config_deployment": lambda ws, one: keys.archived_config_deployment(ws, one, one),
    "handed_instance": lambda ws, one: keys.handed_instance(ws, one, one),
    "config_device_entry": lambda ws, one: keys.config_device_entry(ws, CREATED, one),
    "config_device_name": keys.config_device_name,
    "config_device_pointer": lambda _, one: keys.config_device_pointer(one),
    "config_deployment_pointer": keys.config_deployment_pointer,
    "config_instance_use": keys.config_instance_use,
    "config_deployment_entry": lambda ws, one: keys.config_deployment_entry(ws, CREATED, one),
    "idempotency": keys.idempotency,
    "mail": lambda _, one: keys.mail(one),
    "login_attempts": lambda _, one: keys.login_attempts(one),
    "default_workspace": lambda _, __: keys.default_workspace(),
}
"""Every kind of item, by a workspace and an id."""
LONG_NAMES = ["x" * 300, "x" * 301, "%" * 300, "x" * 256, "%%"]
ONE_OF_A_KIND = {
    *("workspace", "sequence", "fleet_shard", "deployment_entry", "board_entry"),
    *("workflow_ledger", "workflow_operation"),
}
WITHOUT_WORKSPACE = {"config_device_pointer", "mail", "login_attempts", "default_workspace", "access_key_pointer"}


def test_only_credentials_lie_in_the_partitions_of_credentials() -> None:
    found = {
        kind
        for kind, find in FINDERS.items()
        for ws in HOSTILE
        for one in HOSTILE
        if any(fnmatchcase(find(ws, one).pk, pattern) for pattern in keys.CREDENTIALS)
    }
    assert found == {"token", "api_key"}


@given(IDS)
@example("%")
@example("#")
def test_an_escaped_id_reads_back(identifier: str) -> None:
    escaped = keys.escape(identifier)

    assert keys.unescape(escaped) == identifier
    assert not any(character == "#" or ord(character) < 32 or ord(character) == 127 for character in escaped)


@pytest.mark.parametrize("identifier", ["", "x" * 257, "é" * 129, "#" * 86, "\ud800"])
def test_an_id_that_is_empty_or_long_or_not_text_is_refused(identifier: str) -> None:
    with pytest.raises(Invalid):
        keys.escape(identifier)


@pytest.mark.parametrize("identifier", ["x" * 256, "é" * 128, "#" * 85])
def test_the_longest_ids_are_taken(identifier: str) -> None:
    assert keys.unescape(keys.escape(identifier)) == identifier


@given(st.tuples(IDS, IDS), st.tuples(IDS, IDS), st.sampled_from(sorted(FINDERS)), st.sampled_from(sorted(FINDERS)))
@example(("a", "b"), ("a#D", "b"), "device", "device")
def test_two_items_never_share_a_key(one: tuple[str, str], other: tuple[str, str], kind: str, other_kind: str) -> None:
    same = _meaning(kind, *one) == _meaning(other_kind, *other)

    assert (FINDERS[kind](*one) == FINDERS[other_kind](*other)) is same


def test_hostile_ids_do_not_meet_in_any_kind_of_item() -> None:
    meanings = {_meaning(kind, ws, one) for kind in FINDERS for ws in HOSTILE for one in HOSTILE}
    found = {FINDERS[kind](ws, one) for kind in FINDERS for ws in HOSTILE for one in HOSTILE}

    assert len(found) == len(meanings)


def _meaning(kind: str, workspace: str, identifier: str) -> tuple[str, str, str]:
    """What an item is about: what its key does not depend on is left out."""
    return (
        kind,
        "" if kind in WITHOUT_WORKSPACE else workspace,
        "" if kind in ONE_OF_A_KIND or kind == "default_workspace" else identifier,
    )


@given(st.tuples(IDS, OBJECT_IDS), IDS, OBJECT_IDS)
@example(("a", "b"), "a#b", "c")
@example(("a", "b"), "a", "~")
def test_a_device_finds_its_own_workflow_slots_only(pair: tuple[str, str], device: str, workflow: str) -> None:
    own, other = keys.workflow_slot("w", *pair), keys.workflow_slot("w", device, workflow)
    query = keys.workflow_slots_of("w", pair[0])

    assert own.pk == query.pk
    assert query.first <= own.sk <= query.last
    assert (other.pk == query.pk and query.first <= other.sk <= query.last) is (device == pair[0])
    assert other.pk in {shard.pk for shard in keys.workflow_slot_shards("w")}


@given(IDS)
def test_a_device_that_takes_workflows_is_in_no_list_of_another_dialect(device: str) -> None:
    head, partition = keys.workflow_device("w", device), keys.device_partition("w", device)
    others = [
        Query(partition, first=keys.FIRST_ROW, last=keys.DEVICE_HEAD),
        Query(partition, first=keys.FIRST_AUTH_SET, last=keys.LAST_AUTH_SET),
        keys.config_device_with_live("w", device),
        keys.archived_config_deployments("w", device),
    ]
    directories = {keys.device_directory("w"), keys.config_device_directory("w")}

    for key in (head, keys.workflow_device_details("w", device)):
        assert not any(query.first <= key.sk <= query.last for query in others)
    assert keys.workflow_device_directory("w") not in directories


@given(IDS, IDS)
def test_every_key_but_the_directories_begins_with_its_workspace(workspace: str, identifier: str) -> None:
    for kind, finder in FINDERS.items():
        pk = finder(workspace, identifier).pk
        if kind in WITHOUT_WORKSPACE:
            assert pk.startswith("G#")
        else:
            assert pk.split("#")[:2] == ["W", keys.escape(workspace)]


@pytest.mark.parametrize(("one", "other"), list(combinations(LONG_NAMES, 2)))
def test_long_names_of_releases_do_not_meet(one: str, other: str) -> None:
    assert keys.release("w", one) != keys.release("w", other)
    assert len(keys.release("w", one).sk.encode()) <= MOST_ID_BYTES


@given(st.lists(st.text("azAZ09_", min_size=1), max_size=5, unique=True), IDS)
def test_one_query_reads_a_device_and_its_live_config_deployments_and_nothing_else(ids: list[str], device: str) -> None:
    table = MemoryTable()
    head = keys.config_device("w", device)
    live = {keys.live_config_deployment("w", device, each) for each in ids}
    others = [keys.archived_config_deployment("w", device, "x"), keys.config_device_key("w", device)]
    for key in (head, *live, *others, keys.handed_instance("w", device, "x"), keys.config_device("w", f"{device}x")):
        table.write(Put(key, {}))

    first, *found = (record.key for record in table.query(keys.config_device_with_live("w", device)).records)

    assert (first, set(found)) == (head, live)


@given(st.lists(ORDERS, max_size=9, unique=True), IDS)
def test_one_query_of_six_reads_the_head_and_the_five_newest_rows(orders: list[str], device: str) -> None:
    table = MemoryTable()
    rows = [keys.row("w", device, order) for order in sorted(orders, reverse=True)]
    for key in (*rows, keys.device("w", device), keys.auth_set("w", device, "~"), keys.device("w", f"{device}#R")):
        table.write(Put(key, {}))
    partition = keys.device_partition("w", device)
    page = table.query(Query(partition, first=keys.FIRST_ROW, last=keys.DEVICE_HEAD, descending=True, limit=6))

    assert [record.key for record in page.records] == [keys.device("w", device), *rows[:5]]


@given(IDS, IDS)
def test_one_query_reads_a_deployment_with_its_counters_and_a_short_list(workspace: str, deployment: str) -> None:
    table = MemoryTable()
    wanted = [keys.deployment(workspace, deployment)]
    wanted += [keys.counter_shard(workspace, deployment, number) for number in (0, 7, 255)]
    wanted += [keys.targets(workspace, deployment)]
    for key in (*wanted, keys.target_chunk(workspace, deployment, 0)):
        table.write(Put(key, {}))
    page = table.query(Query(keys.deployment_partition(workspace, deployment), first=keys.HEAD, last=keys.TARGETS))

    assert [record.key for record in page.records] == wanted
    assert keys.deployment_of(wanted[0].pk) == (workspace, deployment)


@given(st.text(CHARACTERS, min_size=1, max_size=300), st.text(CHARACTERS, min_size=1, max_size=300))
def test_a_release_finds_its_own_artifacts_only(name: str, other: str) -> None:
    query = keys.artifacts_of_release("w", name)
    found = query.first <= keys.artifact("w", other, "1773234000000-id").sk <= query.last

    assert found is (name == other)


@given(st.datetimes(datetime(2001, 9, 10), datetime(2200, 1, 1), timezones=st.just(UTC)), st.integers(1, 10**10))  # noqa: DTZ001 - bounds
def test_orders_sort_by_time(when: datetime, milliseconds: int) -> None:
    later = when + timedelta(milliseconds=milliseconds + 1)

    assert keys.order_of(when) < keys.order_of(later)
    assert keys.order_of(when) <= keys.order_of(when, "id") < keys.order_of(later)
    assert keys.due_index_sort(when, "aborting") < keys.due_index_sort(later, "aborting")
    assert keys.due_kind(keys.due_index_sort(when, "aborting")) == "aborting"


@given(IDS, IDS)
def test_due_work_is_found_in_one_of_the_partitions_that_a_tick_reads(workspace: str, deployment: str) -> None:
    assert keys.due_index(workspace, deployment) in keys.due_partitions()


@given(IDS, IDS)
def test_an_event_is_known_by_its_key_and_lies_with_those_of_its_day(workspace: str, event: str) -> None:
    order = keys.order_of(CREATED, event)
    key = keys.event(workspace, order)
    assert keys.event_of(key) == (workspace, order)
    assert key.pk.endswith("#EVT#20260311")


def test_hosts_do_not_tell_the_case_of_a_repository_apart() -> None:
    assert keys.git_commit_of("w", "abc", "https://github.com/A/b") == keys.git_commit_of(
        "w", "abc", "https://github.com/a/B"
    )


def test_a_longest_key_fits_the_table() -> None:
    table, long = MemoryTable(), "#" * 85
    for key in (keys.auth_set(long, long, long), keys.release_use(long, long * 9, long), keys.row(long, long, long)):
        table.write(Put(key, {}))
        assert table.get(key) == {}
