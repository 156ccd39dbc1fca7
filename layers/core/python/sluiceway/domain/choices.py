"""Whose choice a slot goes by: the newest one, and a planned deployment chose when it was created (design section 4).

However late a phase opens, its deployment is as old as the moment at which somebody made it. A roll back is as old as
what it undoes, however late it is made, and newer than that alone. An immediate call of a dialect is as old as the
moment at which it changed the slot; one that changes nothing chooses nothing.

Only what a device keeps is newer than what a roll back undoes. For what it works on the roll back waits. What it
failed at, or kept silent about, it does not keep, and that choice may be replaced. What a roll back or an abort gave
back is as old as it was before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

_UNDONE_BY = "/"
"""Stands in the place of a roll back between what it undoes and itself, and in no order."""


class Choice(NamedTuple):
    """What gave a slot the content that it has, or had last."""

    at: datetime
    """When the slot changed."""
    plan: str = ""
    """Place of the planned deployment that did it, empty for an immediate call."""

    @property
    def order(self) -> str:
        """Order of that deployment."""
        return self.plan.rpartition(_UNDONE_BY)[2]

    @property
    def gave_back(self) -> bool:
        """Whether a roll back or an abort made it: then the content is older than what that undid."""
        return _UNDONE_BY in self.plan


@dataclass(frozen=True, slots=True)
class PlannedChoice:
    """A planned deployment that is about to give a slot its content."""

    place: str
    """Among all planned choices: they sort by it, the newest last."""
    since: datetime
    """When it was chosen: of a roll back, when what it undoes was, since it takes back that and nothing newer."""
    undoes: str = ""
    """Of a roll back, the order of what it undoes."""
    again: datetime | None = None
    """When the attempt began, unless it is the first."""
    takes: str = ""
    """Of a roll back, what it takes back, as the slot names what it holds."""
    over: str = ""
    """Place of a newer choice that came to nothing, which this may replace; of an abort, of what it ends."""

    @staticmethod
    def of(order: str, since: datetime, *, undoes: str = "", takes: str = "") -> PlannedChoice:
        """Return what a deployment of this order chooses; the rest as it is documented here."""
        return PlannedChoice(f"{undoes}{_UNDONE_BY}{order}" if undoes else order, since, undoes, takes=takes)

    def taking_back(self) -> PlannedChoice:
        """Return what an abort of this chooses, which replaces this and nothing else."""
        return replace(self, place=f"{self.place}{_UNDONE_BY}{Choice(self.since, self.place).order}", over=self.place)

    @property
    def _takes_itself_back(self) -> bool:
        return bool(self.over) and self.place.startswith(f"{self.over}{_UNDONE_BY}")

    def gives_way_to(self, choice: Choice | None, holds: str) -> bool:
        """Tell whether the slot, which holds this, was given something newer, which must not be replaced.

        What the roll back or the abort of something newer gave back is as old as it was before.
        """
        if self._takes_itself_back:
            given = {self.over, self.place} if holds else {self.over, self.place, self.undoes}
            return choice is None or not choice.plan or choice.plan not in given
        if choice is None or (choice.plan and choice.plan == self.over):
            return False
        if choice.gave_back and self.takes and self.takes == holds:
            return False
        return choice.plan > self.place if choice.plan else choice.at > self.since

    def was_made(self, choice: Choice | None) -> bool:
        """Tell whether the slot was already given this, in this attempt."""
        if choice is None or choice.plan != self.place:
            return False
        return self.again is None or choice.at >= self.again
