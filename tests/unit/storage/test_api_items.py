"""What the native API keeps of a workspace comes back as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.api_key import ApiKey
from sluiceway.domain.event import Delivery, Event, EventType
from sluiceway.domain.scopes import KNOWN
from sluiceway.domain.webhook import Secret, Webhook
from sluiceway.domain.workspace_settings import LONGEST_VALIDATION_SECONDS, HeaderlessDialect, WorkspaceSettings
from sluiceway.storage.api_key_items import api_key_key, put_api_key, read_api_key
from sluiceway.storage.event_items import put_event, read_event
from sluiceway.storage.keys import order_of
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import Item, Put
from sluiceway.storage.webhook_items import put_webhook, read_webhook, webhook_key
from sluiceway.storage.workspace_settings_items import read_settings, settings_attributes

moments = st.integers(0, 10**12).map(lambda number: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(milliseconds=number))
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
scopes = st.frozensets(st.sampled_from(sorted(KNOWN)), min_size=1)
secrets = st.builds(Secret, texts, st.none() | moments)
timeouts = st.integers(1, LONGEST_VALIDATION_SECONDS).map(lambda seconds: timedelta(seconds=seconds))

problems = st.dictionaries(texts, texts, max_size=3)
events = st.builds(
    Event,
    st.just("w"),
    texts,
    moments.map(lambda moment: order_of(moment, "msg_1")),
    st.sampled_from(EventType),
    texts,
    texts,
    st.sampled_from(Delivery),
    st.integers(0, 8),
    st.none() | moments,
    st.frozensets(texts),
    problems,
    st.integers(0, 9),
)


def stored(write: Put) -> Item:
    """What the table gives back."""
    table = MemoryTable()
    table.write(write)
    return table.get(write.key) or {}


@given(st.builds(ApiKey, st.just("w"), texts, texts, scopes, texts, moments, st.none() | moments))
def test_an_api_key_comes_back_as_it_was(api_key: ApiKey) -> None:
    write = put_api_key(api_key)
    assert write.key == api_key_key(api_key)
    assert read_api_key("w", stored(write)) == api_key


@given(st.builds(Webhook, st.just("w"), texts, texts, st.lists(secrets, min_size=1, max_size=5).map(tuple), moments))
def test_an_endpoint_comes_back_as_it_was_and_counts_that_it_was_written(webhook: Webhook) -> None:
    write = put_webhook(webhook)
    assert write.key == webhook_key(webhook)
    read = read_webhook("w", stored(write))
    assert (read.rev, read.secrets, read.url, read.created) == (1, webhook.secrets, webhook.url, webhook.created)


@given(st.builds(WorkspaceSettings, st.sampled_from(HeaderlessDialect), st.none() | timeouts))
def test_settings_come_back_as_they_were(settings: WorkspaceSettings) -> None:
    assert read_settings(settings_attributes(settings)) == settings


@given(events, st.none() | moments)
def test_an_event_comes_back_as_it_was_and_is_due_while_it_must_be(event: Event, due: datetime | None) -> None:
    item = stored(put_event(event, due=due))
    assert read_event("w", event.order, item) == replace(event, rev=1)
    assert ("G2PK" in item, "G2SK" in item) == (due is not None,) * 2


def test_a_workspace_where_nobody_decided_anything_has_the_defaults() -> None:
    assert read_settings({}) == WorkspaceSettings()
