from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.device import (
    AuthSet,
    AuthStatus,
    Device,
    KnownDevice,
    refuse_transition,
    with_key,
    with_status,
)
from sluiceway.domain.errors import Invalid

NOW = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ACCEPTED, PENDING, REJECTED = AuthStatus.ACCEPTED, AuthStatus.PENDING, AuthStatus.REJECTED
PREAUTHORIZED, NOAUTH = AuthStatus.PREAUTHORIZED, AuthStatus.NOAUTH


def device_with(*statuses: AuthStatus) -> KnownDevice:
    """A device that got its keys one after the other, named 0, 1, …"""
    known = KnownDevice(Device("w", "d", NOAUTH, NOW, NOW), '{"mac":"x"}')
    for number, status in enumerate(statuses):
        known = with_key(known, AuthSet(str(number), "d", f"key {number}", PENDING, NOW), NOW)
        known = with_status(known, str(number), status, NOW, number=number + 1)
    return known


@pytest.mark.parametrize(
    ("statuses", "strongest"),
    [
        ((), NOAUTH),
        ((REJECTED,), REJECTED),
        ((REJECTED, PENDING), PENDING),
        ((PENDING, PREAUTHORIZED, REJECTED), PREAUTHORIZED),
        ((PENDING, ACCEPTED, REJECTED), ACCEPTED),
        ((ACCEPTED, PREAUTHORIZED), ACCEPTED),
    ],
)
def test_a_device_is_as_strong_as_its_strongest_key(statuses: tuple[AuthStatus, ...], strongest: AuthStatus) -> None:
    assert device_with(*statuses).device.status is strongest


def test_accepting_a_key_rejects_the_accepted_one_and_leaves_the_others() -> None:
    known = with_status(device_with(ACCEPTED, PENDING, REJECTED), "1", ACCEPTED, LATER, number=9)
    assert [auth_set.status for auth_set in known.auth_sets] == [REJECTED, ACCEPTED, REJECTED]
    assert [auth_set.updated for auth_set in known.auth_sets] == [LATER, LATER, NOW]
    assert known.device.accepted == "1"


def test_changing_the_accepted_key_ends_the_tokens_but_not_the_membership() -> None:
    before = device_with(ACCEPTED, PENDING)
    after = with_status(before, "1", ACCEPTED, LATER, number=9)
    assert after.device.epoch == before.device.epoch + 1
    assert after.device.membership == before.device.membership


@pytest.mark.parametrize("status", [REJECTED, PENDING])
def test_leaving_acceptance_ends_the_tokens_and_the_span_of_membership(status: AuthStatus) -> None:
    before = device_with(ACCEPTED)
    after = with_status(before, "0", status, LATER, number=5)
    assert (after.device.epoch, after.device.accepted) == (before.device.epoch + 1, "")
    assert (after.device.membership.since, after.device.membership.past) == (None, ((1, 5),))


def test_a_first_acceptance_ends_no_tokens_since_there_are_none() -> None:
    assert device_with(ACCEPTED).device.epoch == 0


@pytest.mark.parametrize("status", [REJECTED, PENDING])
def test_a_key_that_is_not_accepted_may_change_without_touching_tokens(status: AuthStatus) -> None:
    before = device_with(ACCEPTED, PENDING)
    after = with_status(before, "1", status, LATER, number=9)
    assert (after.device.epoch, after.device.accepted) == (before.device.epoch, "0")


def test_a_new_key_waits_and_leaves_the_accepted_one_alone() -> None:
    before = device_with(ACCEPTED)
    after = with_key(before, AuthSet("1", "d", "key 1", PENDING, LATER), LATER)
    assert after.device.accepted == "0"
    assert (after.device.epoch, after.device.membership) == (before.device.epoch, before.device.membership)


ALLOWED = {
    (PENDING, ACCEPTED),
    (REJECTED, ACCEPTED),
    (PENDING, REJECTED),
    (ACCEPTED, REJECTED),
    (ACCEPTED, PENDING),
    (REJECTED, PENDING),
}


@pytest.mark.parametrize("wanted", [ACCEPTED, PENDING, REJECTED])
@pytest.mark.parametrize("current", [ACCEPTED, PENDING, REJECTED, PREAUTHORIZED])
def test_an_operator_may_make_exactly_the_contracts_transitions(current: AuthStatus, wanted: AuthStatus) -> None:
    if current is wanted or (current, wanted) in ALLOWED:
        refuse_transition(current, wanted)
    else:
        with pytest.raises(Invalid):
            refuse_transition(current, wanted)


@pytest.mark.parametrize("wanted", [PREAUTHORIZED, NOAUTH])
def test_nobody_sets_the_statuses_that_come_about_by_themselves(wanted: AuthStatus) -> None:
    with pytest.raises(Invalid):
        refuse_transition(PENDING, wanted)


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([ACCEPTED, PENDING, REJECTED])), max_size=20))
def test_at_most_one_key_is_accepted_and_the_head_knows_which(changes: list[tuple[int, AuthStatus]]) -> None:
    known = device_with(PENDING, PENDING, PENDING, PENDING)
    for number, (key, status) in enumerate(changes, start=10):
        known = with_status(known, str(key), status, LATER, number=number)
        accepted = [auth_set.id for auth_set in known.auth_sets if auth_set.status is ACCEPTED]
        assert accepted == ([known.device.accepted] if known.device.accepted else [])
        assert (known.device.status is ACCEPTED) == bool(accepted) == (known.device.membership.since is not None)
