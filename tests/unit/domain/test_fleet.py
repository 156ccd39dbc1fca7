"""Who was accepted when: spans and cuts against a model that remembers the whole history."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.fleet import FLEET_SHARDS, Membership, fleet_shard, is_member

DEVICES = [f"device-{number}" for number in range(8)]
CHANGES = st.lists(st.tuples(st.sampled_from(DEVICES), st.booleans()), max_size=60)


@given(CHANGES)
def test_a_cut_has_exactly_the_devices_that_were_accepted_at_its_moment(changes: list[tuple[str, bool]]) -> None:
    memberships = dict.fromkeys(DEVICES, Membership())
    numbers = [0] * FLEET_SHARDS
    accepted: set[str] = set()
    moments = [(tuple(numbers), frozenset(accepted))]
    for device, joins in changes:
        if joins is (device in accepted):
            continue
        shard = fleet_shard(device)
        numbers[shard] += 1
        former = memberships[device]
        memberships[device] = former.joined(numbers[shard]) if joins else former.left(numbers[shard])
        accepted ^= {device}
        moments.append((tuple(numbers), frozenset(accepted)))

    for cut, then in moments:
        assert {device for device in DEVICES if is_member(device, memberships[device], cut)} == then


def test_joining_twice_or_leaving_twice_changes_nothing() -> None:
    joined = Membership().joined(3)

    assert joined.joined(4) == joined
    assert joined.left(5).left(6) == joined.left(5)
    assert Membership().left(1) == Membership()


def test_a_device_remembers_its_newest_spans_only() -> None:
    """Its head is read with each call, so it stays small however often an operator changes their mind."""
    membership = Membership()
    for number in range(1, 1_000, 2):
        membership = membership.joined(number).left(number + 1)

    assert len(membership.past) == 64
    assert membership.contains(999)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_every_device_has_a_shard(device: str) -> None:
    assert 0 <= fleet_shard(device) < FLEET_SHARDS
