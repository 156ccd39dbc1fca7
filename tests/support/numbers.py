"""Numbers that can be copied, unlike those of itertools: both go on from where they were."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Numbers:
    """Give one number after the other to `next`."""

    following: int = 0

    def __next__(self) -> int:
        self.following += 1
        return self.following - 1
