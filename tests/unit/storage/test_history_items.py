from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.event import Event, EventType
from sluiceway.domain.happenings import Happening
from sluiceway.storage import keys
from sluiceway.storage.history_items import Entry, put_entry, read_entry
from sluiceway.storage.memory import MemoryTable
from tests.support.app import NOW
from tests.unit.storage.test_api_items import moments, stored, texts

maybe = st.just("") | texts


@given(
    texts,
    st.builds(Happening, st.sampled_from(EventType), moments, st.none() | st.integers(0, 19), maybe, maybe, maybe),
)
def test_an_entry_comes_back_as_it_was_and_is_found_in_the_history(deployment_id: str, happening: Happening) -> None:
    order = keys.order_of(happening.at, "msg_1")
    event = Event("w", "msg_1", order, happening.type, deployment_id, "{}")
    write = put_entry(event, happening)
    assert read_entry(stored(write)) == Entry("msg_1", happening)
    table = MemoryTable()
    table.write(write)
    (record,) = table.query(keys.history("w", deployment_id)).records
    assert record.key == write.key


def test_the_history_is_behind_all_that_is_read_with_a_head() -> None:
    entry = keys.history_entry("w", "d", keys.order_of(NOW, "msg_1")).sk
    assert entry > keys.target_chunk("w", "d", 9999).sk > keys.TARGETS
    assert keys.LAST_SHARD < keys.waiting_task("w", "d").sk < keys.TARGETS
