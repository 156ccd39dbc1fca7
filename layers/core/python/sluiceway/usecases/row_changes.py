"""What decisions about a device's rows write: each row, its counter shard, and one mark on the device's head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sluiceway.domain.device import Device
from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.storage import keys
from sluiceway.storage.row_items import put_row
from sluiceway.storage.shard_items import Admission, count
from sluiceway.storage.table import Absent, AllOf, AnyOf, Below, Check, Condition, Equal, Present, Update, Write


@dataclass(frozen=True, slots=True)
class Change:
    """One row as it was read and as it was decided."""

    before: DeviceDeployment
    after: DeviceDeployment
    offered_bytes: int = 0
    admission: Admission | None = None
    """Given with the change that lets the device into a deployment that takes only so many."""
    counted: bool = True
    """False for what an abort did to the row: the abort has counted every row of its deployment at once."""

    @property
    def writes(self) -> tuple[Write, ...]:
        """The row, and its counter shard."""
        row = put_row(self.before, self.after)
        if not self.counted:
            return (row,)
        counted = count(self.before, self.after, offered_bytes=self.offered_bytes, admission=self.admission)
        return (row, *counted)


def writes_for(device: Device, changes: Sequence[Change], *, floor: str = "") -> list[Write]:
    """Return the writes of one transaction; `floor` is the order below which the device has no open row."""
    if not changes and not floor:
        return []
    return [write for change in changes for write in change.writes] + _marks(device, changes, floor)


def _marks(device: Device, changes: Sequence[Change], floor: str) -> list[Write]:
    """Raise `done` once the device ended what it asked for: deployments before its place are never offered again.

    A device that was removed meanwhile gets no mark: it does not come back by reporting. A mark that is high enough
    must stay so, since deleting a history lowers it.
    """
    done = max((change.after.place for change in changes if _ends_what_was_asked(change)), default="")
    raised = {name: order for name, order in (("done", done), ("floor", floor)) if order > getattr(device, name)}
    if not (done or raised):
        return []
    key = keys.device(device.workspace, device.id)
    if not raised:
        return [Check(key, Equal("done", device.done))]
    condition = Equal("rev", device.rev) if "floor" in raised else _is_not_higher(done)
    return [Update(key, set=raised, add={"rev": 1}, condition=condition)]


def _ends_what_was_asked(change: Change) -> bool:
    return change.after.asked is not None and change.before.is_open and not change.after.is_open


def _is_not_higher(done: str) -> Condition:
    return AllOf((Present(), AnyOf((Absent("done"), Below("done", done)))))
