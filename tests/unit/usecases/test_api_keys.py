from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest

from sluiceway.domain.api_key import ApiKey
from sluiceway.domain.errors import Invalid, MissingScopes, NotFound, TooManyApiKeys, Unauthenticated
from sluiceway.domain.scopes import EVERYTHING
from sluiceway.domain.user import Workspace
from sluiceway.storage import keys
from sluiceway.storage.table import Put
from sluiceway.storage.user_items import workspace_item
from sluiceway.usecases.api_keys import (
    NewApiKey,
    ShownApiKey,
    create_api_key,
    issue_api_key,
    list_api_keys,
    load_api_key,
    revoke_api_key,
)
from sluiceway.usecases.key_sessions import KeySession, open_key_session, record_key_use
from sluiceway.usecases.service import Service
from tests.support.app import NOW
from tests.support.capacity import measured
from tests.support.faults import Fault
from tests.unit.usecases.stores import before_call, make_service, over

WORKSPACE = "0f7b4a52-4c1e-4d55-9a9e-0e6a3f1f2b10"
OTHER = "7d0c0c39-7ee4-45b1-8d1b-4f8a2f1f0e55"
READER = NewApiKey("reader", frozenset({"devices:read"}))
FEW = 3


@pytest.fixture(name="service")
def _service() -> Service:
    service = make_service()
    for workspace in (WORKSPACE, OTHER):
        item = workspace_item(Workspace(workspace, "a", NOW))
        service.table.write(Put(keys.workspace(workspace), item))
    return service


@pytest.fixture(name="first")
def _first(service: Service) -> ShownApiKey:
    return issue_api_key(service, WORKSPACE, NewApiKey("first"), NOW)


@pytest.fixture(name="creator")
def _creator(service: Service, first: ShownApiKey) -> KeySession:
    return open_key_session(service, first.text, NOW)


def opens(service: Service, key: ShownApiKey) -> bool:
    try:
        open_key_session(service, key.text, NOW)
    except Unauthenticated:
        return False
    return True


def ids(service: Service, workspace: str = WORKSPACE) -> set[str]:
    return {api_key.id for api_key in list_api_keys(service, workspace)}


def test_a_key_opens_a_session_of_its_workspace_with_its_scopes(service: Service, creator: KeySession) -> None:
    shown = create_api_key(service, creator, READER, NOW)
    session = open_key_session(service, shown.text, NOW)
    assert (session.workspace, session.key_id, session.name) == (WORKSPACE, shown.api_key.id, "reader")
    assert session.scopes == {"devices:read"}
    assert shown.api_key.id.startswith("api_key_")


def test_no_key_is_stored_or_printed(service: Service, first: ShownApiKey) -> None:
    secret = first.text.partition(first.api_key.id.removeprefix("api_key_"))[2]
    assert len(secret) == 44
    assert secret not in repr(service.table.get(keys.api_key(WORKSPACE, first.api_key.id)))
    assert secret not in repr(first)


def test_keys_differ(service: Service) -> None:
    made = [issue_api_key(service, WORKSPACE, READER, NOW).text for _ in range(20)]
    assert len({text[-43:] for text in made}) == 20


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1] + ("a" if text[-1] != "a" else "b"),
        lambda text: text.replace(WORKSPACE, OTHER),
        lambda _: "",
        lambda _: "slw_",
        lambda text: f"{text} ",
    ],
)
def test_a_key_that_differs_opens_nothing(service: Service, first: ShownApiKey, change: Callable[[str], str]) -> None:
    with pytest.raises(Unauthenticated):
        open_key_session(service, change(first.text), NOW)


def test_the_id_of_one_key_with_the_secret_of_another_opens_nothing(service: Service, first: ShownApiKey) -> None:
    second = issue_api_key(service, WORKSPACE, READER, NOW)
    with pytest.raises(Unauthenticated):
        open_key_session(service, first.text[:-43] + second.text[-43:], NOW)


def test_a_hash_is_no_key(service: Service, first: ShownApiKey) -> None:
    for hashed in (first.api_key.digest, first.text[:-43] + first.api_key.digest[:43]):
        with pytest.raises(Unauthenticated):
            open_key_session(service, hashed, NOW)


def test_opening_a_session_is_one_read_and_no_write(service: Service, first: ShownApiKey) -> None:
    with measured(service.table) as meter:
        open_key_session(service, first.text, NOW)
    assert (meter.usage.calls, meter.usage.read_units, meter.usage.write_units) == (1, 1, 0)


def test_what_cannot_be_a_key_costs_nothing(service: Service) -> None:
    with measured(service.table) as meter, pytest.raises(Unauthenticated):
        open_key_session(service, "x" * 5000, NOW)
    assert meter.usage.calls == 0


def test_a_revoked_key_is_refused_at_once_and_others_are_not(service: Service, first: ShownApiKey) -> None:
    other = issue_api_key(service, WORKSPACE, READER, NOW)
    revoke_api_key(service, WORKSPACE, first.api_key.id)
    assert (opens(service, first), opens(service, other)) == (False, True)
    assert ids(service) == {other.api_key.id}
    with pytest.raises(NotFound):
        revoke_api_key(service, WORKSPACE, first.api_key.id)


def test_of_two_revocations_at_once_one_finds_nothing(service: Service, first: ShownApiKey) -> None:
    other = before_call(1, lambda: revoke_api_key(service, WORKSPACE, first.api_key.id))
    with pytest.raises(NotFound):
        revoke_api_key(over(service, other), WORKSPACE, first.api_key.id)


def test_keys_of_another_workspace_do_not_exist(service: Service, first: ShownApiKey) -> None:
    assert list_api_keys(service, OTHER) == []
    with pytest.raises(NotFound):
        load_api_key(service, OTHER, first.api_key.id)
    with pytest.raises(NotFound):
        revoke_api_key(service, OTHER, first.api_key.id)
    assert opens(service, first)


@pytest.mark.parametrize("wanted", ["devices:manage", "devices:write", "releases:read", EVERYTHING])
def test_nobody_gives_away_a_right_that_they_lack(service: Service, creator: KeySession, wanted: str) -> None:
    lesser = replace(creator, scopes=frozenset({"api_keys:manage", "devices:read"}))
    with pytest.raises(MissingScopes) as refused:
        create_api_key(service, lesser, NewApiKey("x", frozenset({"devices:read", wanted})), NOW)
    assert refused.value.missing == (wanted,)
    assert ids(service) == {creator.key_id}


def test_a_right_may_be_given_away_by_whom_it_is_implied_for(service: Service, creator: KeySession) -> None:
    lesser = replace(creator, scopes=frozenset({"devices:manage"}))
    assert create_api_key(service, lesser, READER, NOW).api_key.scopes == {"devices:read"}


def test_a_key_that_is_revoked_while_it_makes_another_makes_none(service: Service, creator: KeySession) -> None:
    """It is looked at again in the transaction: the reads of the plan come before the revocation here."""
    revoked = before_call(3, lambda: revoke_api_key(service, WORKSPACE, creator.key_id))
    with pytest.raises(Unauthenticated):
        create_api_key(over(service, revoked), creator, READER, NOW)
    assert ids(service) == set()


@pytest.mark.parametrize(
    ("name", "scopes"), [("", {"devices:read"}), ("x" * 257, {"devices:read"}), ("x", set()), ("x", {"devices:fly"})]
)
def test_a_key_that_cannot_be_is_not_made(service: Service, creator: KeySession, name: str, scopes: set[str]) -> None:
    new = NewApiKey(name, frozenset(scopes))
    with pytest.raises(Invalid):
        create_api_key(service, creator, new, NOW)
    with pytest.raises(Invalid):
        issue_api_key(service, WORKSPACE, new, NOW)
    assert ids(service) == {creator.key_id}


def test_no_key_is_made_for_a_workspace_that_is_not_there(service: Service) -> None:
    with pytest.raises(NotFound):
        issue_api_key(service, "w9", READER, NOW)
    assert ids(service, "w9") == set()


@pytest.mark.parametrize("made_before", [FEW - 1, FEW - 2])
def test_the_last_free_place_is_given_away_once(service: Service, made_before: int) -> None:
    """Another key is made after ours was counted to fit."""
    for _ in range(made_before):
        issue_api_key(service, WORKSPACE, READER, NOW)
    others = before_call(2, lambda: issue_api_key(service, WORKSPACE, READER, NOW))
    with patch("sluiceway.usecases.api_keys.MOST_API_KEYS", FEW):
        if made_before == FEW - 1:
            with pytest.raises(TooManyApiKeys, match="revoke"):
                issue_api_key(over(service, others), WORKSPACE, READER, NOW)
        else:
            issue_api_key(over(service, others), WORKSPACE, READER, NOW)
    assert len(ids(service)) == FEW


def last_used(service: Service, api_key: ApiKey) -> object:
    return load_api_key(service, WORKSPACE, api_key.id).last_used


def use(service: Service, key: ShownApiKey, after: timedelta) -> int:
    """Open a session, note the use, and return how many writes that took."""
    session = open_key_session(service, key.text, NOW + after)
    with measured(service.table) as meter:
        record_key_use(service, session, NOW + after)
    return meter.usage.calls


def test_a_use_is_noted_once_a_day(service: Service, first: ShownApiKey) -> None:
    hours = [timedelta(hours=number) for number in (0, 1, 23, 24, 47, 48)]
    assert [use(service, first, after) for after in hours] == [1, 0, 0, 1, 0, 1]
    assert last_used(service, first.api_key) == NOW + timedelta(hours=48)


def test_noting_a_use_does_not_bring_a_revoked_key_back(service: Service, first: ShownApiKey) -> None:
    session = open_key_session(service, first.text, NOW)
    revoke_api_key(service, WORKSPACE, first.api_key.id)
    record_key_use(service, session, NOW)
    assert not opens(service, first)


def test_a_store_that_is_too_busy_for_a_note_is_left_alone(service: Service, first: ShownApiKey) -> None:
    session = open_key_session(service, first.text, NOW)
    record_key_use(over(service, lambda _: Fault.THROTTLE), session, NOW)
    assert last_used(service, first.api_key) is None
