"""Limits of a workspace that hold under races, as how many API keys it may have.

Whoever wants to add one reads a turn, counts, and takes the turn in the transaction that adds it. Of two who counted at
once only one gets the turn; the other counts again. Turns are kept on the workspace, one attribute for each thing that
is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from sluiceway.storage import keys
from sluiceway.storage.table import Absent, Equal, Item, Update


@dataclass(frozen=True, slots=True)
class Turn:
    """How often a turn at one thing of a workspace had been taken when it was read."""

    workspace: str
    thing: str
    number: int

    def take(self) -> Update:
        """Take the next turn, unless somebody else has."""
        nobody_else = Equal(self.thing, self.number) if self.number else Absent(self.thing)
        return Update(keys.workspace(self.workspace), add={self.thing: 1}, condition=nobody_else)


def read_turn(workspace: str, thing: str, stored: Item | None) -> Turn:
    """Return the turn of a workspace item; `thing` is the attribute that counts."""
    return Turn(workspace, thing, cast("int", (stored or {}).get(thing, 0)))
