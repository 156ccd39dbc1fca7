"""Whose turn it is among the planned deployments that wait for one slot of a device (design section 4).

The order is that of a poll's queue: what the device works on, then the more urgent, of equals the older. An offer ends
the older and less urgent ones. Each turn is taken on the rows that were read for it: of two executions that take one at
once, the one that loses looks again. So a device works on one planned deployment of a slot at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sluiceway.domain.deployment import Deployment, State
from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.domain.effective import effective
from sluiceway.domain.holds import standing_holds
from sluiceway.domain.slots import is_same_slot
from sluiceway.usecases.deployments import load_heads
from sluiceway.usecases.device_rows import all_rows
from sluiceway.usecases.row_changes import Change
from sluiceway.usecases.service import Service
from sluiceway.usecases.work_queue import Candidate, in_line, outdone_by


@dataclass
class Heads:
    """The deployments that devices have rows of, each read once: many devices have rows of the same ones."""

    service: Service
    workspace: str

    def __post_init__(self) -> None:
        """Begin with none read."""
        self._read: dict[str, Deployment | None] = {}

    def of(self, rows: Sequence[DeviceDeployment]) -> list[Candidate]:
        """Return rows, as they stand, with their deployments; those of what does not exist are left out."""
        heads = self._load(row.deployment_id for row in rows)
        self._load(head.rolls_back for head in heads.values() if head.rolls_back)
        pairs = ((row, heads.get(row.deployment_id)) for row in rows)
        return [Candidate(self._in_place(effective(row, head), head), head) for row, head in pairs if head]

    def _load(self, ids: Iterable[str]) -> Mapping[str, Deployment]:
        wanted = set(ids)
        unread = wanted.difference(self._read)
        if unread:
            found = load_heads(self.service, self.workspace, sorted(unread))
            self._read |= {each: found.get(each) for each in unread}
        return {each: head for each in wanted if (head := self._read[each])}

    def _in_place(self, row: DeviceDeployment, head: Deployment) -> DeviceDeployment:
        """Return a row of a roll back as one that knows what is undone."""
        undone = self._read.get(head.rolls_back)
        return replace(row, undoes=undone.order) if undone else row


@dataclass(frozen=True, slots=True)
class SlotTurn:
    """How one planned deployment stands at one device."""

    row: DeviceDeployment
    ahead: str = ""
    """Id of the deployment that the device is to be given first, empty when it is this one."""
    is_undecided: bool = False
    """Whether the device works on another one, or is to be given a roll back first: what it keeps is yet to be seen."""
    outdone: Sequence[Change] = ()
    """What an offer makes of the others."""
    rows: Sequence[DeviceDeployment] = ()
    """All that is stored of the device."""


def read_slot_turn(heads: Heads, deployment: Deployment, device_id: str, now: datetime) -> SlotTurn | None:
    """Read the rows of a device; None when it has none of this deployment (yet)."""
    return slot_turn_among(heads, deployment, all_rows(heads.service, heads.workspace, device_id), now)


def slot_turn_among(
    heads: Heads, deployment: Deployment, rows: Sequence[DeviceDeployment], now: datetime
) -> SlotTurn | None:
    """Return how a deployment stands among these rows of a device: behind one of them, behind one of all."""
    open_rows = [row for row in rows if row.is_open or row.deployment_id == deployment.id]
    candidates = heads.of(open_rows)
    own = next((each for each in candidates if each.deployment.id == deployment.id), None)
    if own is None:
        return None
    waiting = in_line(each for each in candidates if each is own or _waits_beside(own, each, now))
    before, after = waiting[: waiting.index(own)], waiting[waiting.index(own) + 1 :]
    ahead = before[0].deployment.id if before else ""
    is_undecided = any(each.deployment.rolls_back or each.row.is_in_flight for each in before)
    return SlotTurn(own.row, ahead, is_undecided, outdone_by(own, after, now), rows)


def _waits_beside(own: Candidate, other: Candidate, now: datetime) -> bool:
    """Tell whether the device may yet be given another deployment in the same slot."""
    is_active = other.deployment.state is State.ACTIVE and other.row.is_open
    if not is_active or not is_same_slot(own.deployment.content, other.deployment.content):
        return False
    holds = standing_holds(other.deployment, other.row, "", now)
    return other.row.is_in_flight or not any(hold.reason.is_for_good for hold in holds)
