"""One deployment as its devices know it, kept apart from the service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from math import ceil

from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import DeviceDeployment, Status
from sluiceway.domain.plan import Plan


@dataclass(eq=False)
class Followed:
    """`fresh` has the row of each target as it was before anything happened to it, its phase included."""

    deployment: Deployment
    plan: Plan | None
    fresh: Mapping[str, DeviceDeployment]
    rows: dict[str, DeviceDeployment] = field(default_factory=dict)
    """What `decide` makes of all that each device was told and said; who never asked is not there."""
    openings: list[datetime] = field(default_factory=list)
    """When each phase opened."""
    offered_bytes: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    is_aborted: bool = False
    is_paused: bool = False
    is_overruled: bool = False
    """Whether an operator went on in spite of a gate."""
    _deadlines: list[tuple[datetime, str]] = field(default_factory=list)

    def row_of(self, device_id: str) -> DeviceDeployment:
        """The device's part so far."""
        return self.rows.get(device_id) or self.fresh[device_id]

    def stands(self, row: DeviceDeployment) -> None:
        """Note what has become of a device's part."""
        self.in_flight += row.is_in_flight - self.row_of(row.device_id).is_in_flight
        self.rows[row.device_id] = row
        if row.deadline:
            heappush(self._deadlines, (row.deadline, row.device_id))

    def pop_overdue(self, now: datetime) -> Iterator[str]:
        """Give each device, once, that has kept silent beyond its deadline."""
        while self._deadlines and self._deadlines[0][0] <= now:
            deadline, device_id = heappop(self._deadlines)
            if not self.is_aborted and self.rows[device_id].deadline == deadline:
                yield device_id

    def is_open_for(self, device_id: str) -> bool:
        """Whether the phase of a device is open; without a plan there are none."""
        return self.plan is None or self.fresh[device_id].phase < len(self.openings)

    def lets_in(self, device_id: str) -> bool:
        """Whether this device may be let in at present."""
        return self.is_open_for(device_id) and not self.is_paused and self.in_flight < self._cap

    @property
    def is_overfull(self) -> bool:
        """Whether more devices work on it than may."""
        return self.in_flight > self._cap

    @property
    def _cap(self) -> int:
        cap = self.plan.most_in_flight if self.plan else None
        return len(self.fresh) if cap is None else cap

    def has_passed(self, number: int, now: datetime) -> bool:
        """Whether a phase is through and has soaked, and not too many of its devices failed unless that was overruled.

        Of a gate's limits only the share of failures is looked at.
        """
        if self.plan is None or number < 0:
            return True
        gate = self.plan.phases[number].gate
        phase = [row for row in self.rows.values() if row.phase == number]
        ends = sorted(row.finished for row in phase if row.finished)
        enough = max(1, ceil(round(gate.least_ended_share * self.deployment.phases[number].size, 6)))
        if len(ends) < enough or now < ends[enough - 1] + gate.soak:
            return False
        failed = sum(row.status in {Status.FAILURE, Status.TIMED_OUT} for row in phase)
        most = gate.most_failure_share
        return most is None or self.is_overruled or failed <= most * len(ends)
