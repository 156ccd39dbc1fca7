"""Who was accepted when: membership spans against the numbered changes of a fleet shard (data model 3.2).

Every device belongs to one of sixteen fleet shards. Each time a device of the shard joins or leaves the accepted ones,
the shard's sequence number grows by one, and the device remembers the span of numbers during which it was in. A
deployment to all devices stores the sixteen numbers it was created at, its cut; a device is a target when one of its
spans contains its shard's number.

Groups work the same way, each with eight shards of its own that count who is accepted and in the group; the cut of a
deployment to a group has their eight numbers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from sluiceway.domain.errors import Invalid

FLEET_SHARDS = 16
GROUP_SHARDS = 8
_MOST_PAST_SPANS = 64
_MOST_GROUP_SPANS = 8
_GROUP_MARK_CHARACTERS = 12
_GROUP_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")


@dataclass(frozen=True, slots=True)
class Membership:
    """`since` is the number at which the device joined, None while out; `past` are the closed spans, newest last."""

    since: int | None = None
    past: tuple[tuple[int, int], ...] = ()

    def joined(self, number: int) -> Membership:
        """Return the membership after a join that the shard numbered so."""
        return self if self.since is not None else replace(self, since=number)

    def left(self, number: int) -> Membership:
        """Return the membership after a leave that the shard numbered so."""
        if self.since is None:
            return self
        return Membership(None, (*self.past, (self.since, number))[-_MOST_PAST_SPANS:])

    def contains(self, number: int) -> bool:
        """Tell whether the device was in when the shard stood at this number."""
        if self.since is not None and self.since <= number:
            return True
        return any(start <= number < end for start, end in self.past)


def fleet_shard(device_id: str) -> int:
    """Return the fleet shard of a device."""
    return hashlib.sha256(device_id.encode()).digest()[0] % FLEET_SHARDS


def is_member(device_id: str, membership: Membership, cut: tuple[int, ...]) -> bool:
    """Tell whether a device was accepted at the moment of a cut."""
    return membership.contains(cut[fleet_shard(device_id)])


class GroupSpan(NamedTuple):
    """From which number to which a device was accepted in a group; the group by its mark, the end None while open."""

    mark: str
    start: int
    end: int | None


@dataclass(frozen=True, slots=True)
class GroupMembership:
    """The group that a device is in, if any, and its newest spans in any group, newest last."""

    group: str = ""
    spans: tuple[GroupSpan, ...] = ()

    def moved(self, group: str, *, is_accepted: bool, numbers: Mapping[str, int]) -> GroupMembership:
        """Return the membership after a change of group or of acceptance.

        `numbers` says what the shards of the two groups call this change, should it be a leave or a join there.
        """
        mark = group_mark(group) if group and is_accepted else ""
        *past, last = self.spans or (GroupSpan("", 0, 0),)
        if last.end is None and last.mark == mark:
            return self
        closed = last._replace(end=numbers[self.group]) if last.end is None else last
        opened = [GroupSpan(mark, numbers[group], None)] if mark else []
        spans = [span for span in (*past, closed, *opened) if span.mark]
        return GroupMembership(group, tuple(spans[-_MOST_GROUP_SPANS:]))

    def contains(self, group: str, number: int) -> bool:
        """Tell whether the device was accepted and in the group when its shard stood at this number."""
        mark = group_mark(group)
        return any(
            span.mark == mark and span.start <= number and (span.end is None or number < span.end)
            for span in self.spans
        )


UNGROUPED = GroupMembership()


def check_group_name(name: str) -> None:
    """Raise Invalid for a name that no group can have (mender contract 1.8)."""
    if not _GROUP_NAME.fullmatch(name):
        raise Invalid("group name: between 1 and 256 of the characters A-Z, a-z, 0-9, _ and -")


def group_mark(group: str) -> str:
    """Return what stands for a group's name in spans, which every call of a device reads: 12 characters of a hash."""
    return hashlib.sha256(group.encode()).hexdigest()[:_GROUP_MARK_CHARACTERS]


def group_shard(device_id: str) -> int:
    """Return the shard of a device in whichever group it is."""
    return hashlib.sha256(device_id.encode()).digest()[0] % GROUP_SHARDS


def is_group_member(device_id: str, membership: GroupMembership, group: str, cut: tuple[int, ...]) -> bool:
    """Tell whether a device was accepted and in a group at the moment of a cut of that group."""
    return membership.contains(group, cut[group_shard(device_id)])


@dataclass(frozen=True, slots=True)
class Cut:
    """Who was accepted at one moment: everybody, or with a group those in it. `numbers` are those of its shards."""

    numbers: tuple[int, ...]
    group: str = ""

    def contains(self, device_id: str, membership: Membership, groups: GroupMembership) -> bool:
        """Tell whether a device with these spans was among them."""
        if self.group:
            return is_group_member(device_id, groups, self.group, self.numbers)
        return is_member(device_id, membership, self.numbers)
