"""Who was accepted when: membership spans against the numbered changes of a fleet shard (data model 3.2).

Every device belongs to one of sixteen fleet shards. Each time a device of the shard joins or leaves the accepted ones,
the shard's sequence number grows by one, and the device remembers the span of numbers during which it was in. A
deployment to all devices stores the sixteen numbers it was created at, its cut; a device is a target when one of its
spans contains its shard's number.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

FLEET_SHARDS = 16
_MOST_PAST_SPANS = 64


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
