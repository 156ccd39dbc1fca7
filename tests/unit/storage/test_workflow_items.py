"""What is stored of workflow slots, operations, devices, keys and tokens reads back as it was."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain import workflow_slot
from sluiceway.domain.access_key import AccessKey
from sluiceway.domain.application_token import ApplicationToken
from sluiceway.domain.choices import Choice, PlannedChoice
from sluiceway.domain.object_ids import application_id, is_object_id, make_object_id
from sluiceway.domain.workflow import Workflow, WorkflowClass, WorkflowVersion
from sluiceway.domain.workflow_device import DeviceClass, Tag, TagSelector, WorkflowDevice
from sluiceway.domain.workflow_operation import (
    MOST_TARGETS,
    Detachment,
    Discontinuation,
    Operation,
    Release,
    Removal,
    Replacement,
    SlotView,
)
from sluiceway.domain.workflow_slot import (
    MOST_ERROR_CHARACTERS,
    MOST_LOG_ENTRIES,
    WHOLE_ERRORS,
    Actor,
    Attempt,
    Content,
    Log,
    LogEntry,
    Side,
    Source,
    WorkflowSlot,
    unstored_slot,
)
from sluiceway.storage import keys
from sluiceway.storage.access_key_items import new_access_key, read_access_key, read_place
from sluiceway.storage.application_token_items import put_application_token, read_application_token
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import ConditionFailed, Item, Key
from sluiceway.storage.workflow_device_items import new_workflow_device, read_details, read_workflow_device
from sluiceway.storage.workflow_items import (
    new_workflow,
    new_workflow_version,
    read_minimum_agent,
    read_published,
    read_workflow,
    read_workflow_version,
)
from sluiceway.storage.workflow_operation_items import begin_operation, end_operation, read_operation, take_number
from sluiceway.storage.workflow_slot_items import (
    Pair,
    delete_workflow_slot,
    read_log,
    read_pair,
    read_workflow_slot,
    store_view,
    workflow_log_key,
    workflow_slot_key,
)
from tests.support.app import NOW

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
WORDS = TEXTS.filter(bool)
MOMENTS = st.integers(0, 10**12).map(lambda ms: NOW + timedelta(milliseconds=ms))
CONTENTS = st.none() | st.builds(Content, WORDS, TEXTS)
SOURCES = st.builds(Source, st.sampled_from(Actor), TEXTS)
SLOTS = st.builds(
    WorkflowSlot,
    workspace=st.just("w"),
    device_id=st.just("d#"),
    workflow_id=st.just("f"),
    created=MOMENTS,
    updated=MOMENTS,
    desired=CONTENTS,
    current=CONTENTS,
    choice=st.none() | st.builds(Choice, MOMENTS, st.just("") | WORDS),
    is_discontinued=st.booleans(),
    operation=st.integers(0, 10**9),
    rev=st.integers(1, 10**9),
)
ENTRIES = st.builds(
    LogEntry,
    date=MOMENTS,
    side=st.sampled_from(Side),
    source=SOURCES,
    previous=CONTENTS,
    new=CONTENTS,
    rev=st.integers(0, 9),
    attempt=st.none() | st.builds(Attempt, TEXTS, TEXTS, TEXTS),
)
MAYBE_WORDS = st.just("") | WORDS
PLANNED = st.none() | st.builds(
    PlannedChoice, WORDS, MOMENTS, MAYBE_WORDS, st.none() | MOMENTS, MAYBE_WORDS, MAYBE_WORDS
)
WISHES = st.one_of(
    st.builds(Release, st.dictionaries(WORDS, CONTENTS, max_size=3), st.frozensets(WORDS, max_size=5), PLANNED),
    st.builds(Removal, st.none() | WORDS, st.none() | WORDS),
    st.builds(Replacement, WORDS, WORDS, CONTENTS),
    st.builds(Discontinuation, WORDS),
    st.builds(Detachment, WORDS),
)


def found(table: MemoryTable, key: Key) -> Item:
    item = table.get(key)
    assert item is not None
    return item


@given(SLOTS, st.lists(ENTRIES, max_size=5), st.lists(ENTRIES, max_size=5))
def test_a_slot_reads_back_with_its_log(slot: WorkflowSlot, log: list[LogEntry], unstored: list[LogEntry]) -> None:
    table = MemoryTable()
    table.write(*store_view(SlotView(slot, 0, unstored), log))
    stored = found(table, workflow_log_key(slot))

    assert read_workflow_slot("w", found(table, workflow_slot_key(slot))) == slot
    assert list(read_log(stored, 9)) == [*log, *unstored]
    assert list(read_log(stored, 4)) == [entry for entry in (*log, *unstored) if entry.rev <= 4]
    assert read_pair(stored) == Pair("d#", "f")


def test_a_slot_is_stored_and_removed_only_as_it_was_read() -> None:
    table, made = MemoryTable(), replace(unstored_slot("w", "d", "f", NOW), rev=1)
    table.write(*store_view(SlotView(made, 0), ()))
    for writes in (
        store_view(SlotView(made, 0), ()),
        store_view(SlotView(replace(made, rev=3), 2), ()),
        delete_workflow_slot(SlotView(made, 2)),
    ):
        with pytest.raises(ConditionFailed):
            table.write(*writes)
    table.write(*delete_workflow_slot(SlotView(made, 1)))
    assert table.get_many([workflow_slot_key(made), workflow_log_key(made)]) == {}


def failures(errors: Iterable[str]) -> list[LogEntry]:
    attempts = [Attempt("v", "", error[:MOST_ERROR_CHARACTERS]) for error in errors]
    source = Source(Actor.DEVICE, "d")
    return [LogEntry(NOW, Side.CURRENT, source, None, None, number, each) for number, each in enumerate(attempts)]


def log_stored_of(log: Log) -> Log:
    table, slot = MemoryTable(), replace(unstored_slot("w", "d", "f", NOW), rev=1)
    table.write(*store_view(SlotView(slot, 0, log), ()))
    return read_log(found(table, workflow_log_key(slot)), MOST_LOG_ENTRIES)


def test_a_hundred_of_the_longest_errors_in_plain_words_are_kept_whole() -> None:
    dice, words = random.Random(1), Path(workflow_slot.__file__).read_text().split()
    log = failures(" ".join(dice.choices(words, k=400)) for _ in range(MOST_LOG_ENTRIES))

    assert log_stored_of(log) == log


def test_of_errors_that_cannot_be_packed_the_newest_are_kept_whole() -> None:
    letters = random.Random(1)
    log = failures(
        "".join(chr(letters.randrange(0x10000, 0x110000)) for _ in range(MOST_ERROR_CHARACTERS))
        for _ in range(MOST_LOG_ENTRIES)
    )
    kept = log_stored_of(log)

    assert kept[-WHOLE_ERRORS:] == log[-WHOLE_ERRORS:]
    assert [entry.rev for entry in kept] == [entry.rev for entry in log]


@given(st.builds(Operation, st.just(1), WISHES, SOURCES, MOMENTS))
def test_an_operation_reads_back_and_ends_once(operation: Operation) -> None:
    table = MemoryTable()
    table.write(*begin_operation("w", operation))

    assert read_operation(found(table, keys.workflow_operation("w", 1))) == operation
    table.write(*end_operation("w", 1))
    assert table.get(keys.workflow_operation("w", 1)) is None
    with pytest.raises(ConditionFailed):
        table.write(*end_operation("w", 1))


def test_numbers_are_taken_one_after_the_other() -> None:
    table = MemoryTable()
    table.write(take_number("w", 1))
    for number in (1, 3):
        with pytest.raises(ConditionFailed):
            table.write(take_number("w", number))
    table.write(take_number("w", 2))


def test_the_largest_release_fits_its_item() -> None:
    bits = random.Random(1)
    devices = frozenset(make_object_id(NOW, f"{bits.getrandbits(128):032x}") for _ in range(MOST_TARGETS))
    contents = {
        "64b1f0c2a9d3e85f7c10f001": Content("v", "e" * 64),
        "64b1f0c2a9d3e85f7c10f002": Content("x" * 255, "e" * 64),
    }
    operation = Operation(1, Release(contents, devices), Source(Actor.USER, "u"), NOW)
    table = MemoryTable()
    table.write(*begin_operation("w", operation))

    assert read_operation(found(table, keys.workflow_operation("w", 1))) == operation


def test_a_device_reads_back_and_its_entry_lists_it() -> None:
    table = MemoryTable()
    device = WorkflowDevice(
        "w", "d", "gw", DeviceClass.EDGE_COMPUTE, NOW, NOW, (Tag("site", "lab"),), "2.4.1", NOW, rev=3
    )
    table.write(*new_workflow_device(device, '{"a":1}'))

    assert read_workflow_device("w", found(table, keys.workflow_device("w", "d"))) == device
    assert read_details(found(table, keys.workflow_device_details("w", "d"))) == '{"a":1}'
    listed = read_workflow_device("w", found(table, keys.workflow_device_entry("w", NOW, "d")))
    assert listed == replace(device, agent_version="", last_seen=None, rev=0)


def test_a_workflow_and_its_version_read_back() -> None:
    table = MemoryTable()
    workflow = Workflow("w", "f", "pump", WorkflowClass.EDGE, NOW, NOW, "text", False, "1.2.3", "c", "{}", True, 4)
    version = WorkflowVersion(
        "w", "v", "f", "1/#", WorkflowClass.EDGE, "e", 7, NOW, NOW, "notes", False, "1.2.3", "{}", 2
    )
    table.write(*new_workflow(workflow), *new_workflow_version(version))

    assert read_workflow("w", found(table, keys.workflow("w", "f"))) == workflow
    assert read_workflow_version("w", found(table, keys.workflow_version("w", "f", "v"))) == version
    assert read_published(found(table, keys.workflow_version_name("w", "f", "1/#"))) == ("v", "e")
    assert read_minimum_agent(found(table, keys.workflow_bundle("w", "f", "e"))) == "1.2.3"
    with pytest.raises(ConditionFailed):
        table.write(*new_workflow_version(replace(version, id="other")))


def test_keys_and_tokens_read_back_and_the_directory_holds_nothing_but_where_a_key_is() -> None:
    table = MemoryTable()
    selectors = (TagSelector("a", None), TagSelector(None, "b"))
    access_key = AccessKey("w", "i", "k", "h", NOW, NOW, False, frozenset({"d", "e"}), selectors, "{}", 2)
    token = ApplicationToken("w", "t", "ci", frozenset({"flows.*"}), "h", NOW, NOW, "text", "c", NOW, False)
    table.write(*new_access_key(access_key), put_application_token(token))
    directory = found(table, keys.access_key_pointer("k"))

    assert read_access_key("w", found(table, keys.access_key("w", "i"))) == access_key
    assert read_application_token("w", found(table, keys.application_token("w", "t"))) == token
    assert directory.keys() == {"ws", "id"}
    assert read_place(directory) == ("w", "i")


@given(WORDS, WORDS)
def test_a_workspace_has_an_application_id_of_its_own(one: str, other: str) -> None:
    assert is_object_id(application_id(one))
    assert (application_id(one) == application_id(other)) is (one == other)


@pytest.mark.parametrize(
    "text", ["", "x" * 24, "64B1F0C2A9D3E85F7C102A01", "64b1f0c2a9d3e85f7c102a0", "64b1f0c2a9d3e85f7c102a01\n"]
)
def test_what_is_no_object_id(text: str) -> None:
    assert not is_object_id(text)
