"""A deployment: the intent to bring one release to some devices, and how far it has come."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sluiceway.domain.control_map import ControlMap
from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.domain.fleet import Cut
from sluiceway.domain.inventory_search import SavedFilter
from sluiceway.domain.phases import NONE_OPEN, Phase, WantedPhase, room
from sluiceway.domain.retry import NO_RETRY, RetryPolicy
from sluiceway.domain.slots import SlotContent, SlotKind
from sluiceway.domain.spread import assign, phase_at, position
from sluiceway.domain.steering import UNSTEERED, Steering

if TYPE_CHECKING:
    from sluiceway.domain.plan import Plan

MOST_SHARDS = 256
_TARGETS_PER_SHARD = 32
_SHARDS_PER_INDEX_PART = 16


class Target(StrEnum):
    """How the devices of a deployment are told."""

    LIST = "list"
    """By their ids."""
    CUT = "cut"
    """Those that were accepted at creation, all of them or those of a group."""
    FILTER = "filter"
    """Open: whatever device meets a filter when it asks (mender contract 8.4)."""
    ROLL_BACK = "roll-back"
    """Whoever was offered what another deployment brought: each gets back what it had before."""


class State(StrEnum):
    """What an operator or the counters made of a deployment."""

    ACTIVE = "active"
    ABORTING = "aborting"
    """Aborted for every reader; the counter shards are being fenced."""
    ABORTED = "aborted"
    FINISHED = "finished"


class Stage(StrEnum):
    """How a deployment presents itself (mender contract 10.3)."""

    SCHEDULED = "scheduled"
    """Pending, and its first phase is still to come (mender contract 8.2)."""
    PENDING = "pending"
    INPROGRESS = "inprogress"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Definition:
    """What the creator asked for; two unfinished deployments never share one (mender contract 2.7)."""

    name: str
    artifact_name: str
    devices: tuple[str, ...] = ()
    all_devices: bool = False
    group: str = ""
    """The accepted devices of this group; neither `devices` nor `all_devices` beside it."""
    filter_id: str = ""
    """The devices that meet this saved filter when they ask; no other target beside it."""
    force_installation: bool = False
    retry: RetryPolicy = NO_RETRY
    """Like all that follows it is no part of what makes two definitions the same."""
    phases: tuple[WantedPhase, ...] = ()
    most_devices: int | None = None
    control_map: ControlMap | None = None
    plan: Plan | None = None
    """Instead of retry, phases and most_devices, which it has itself."""

    @property
    def target(self) -> Target:
        """How its devices are told."""
        if self.filter_id:
            return Target.FILTER
        return Target.CUT if self.all_devices or self.group else Target.LIST

    @property
    def targets(self) -> tuple[str, ...]:
        """Each named device once, in the order given."""
        return tuple(dict.fromkeys(self.devices))

    def digest(self) -> str:
        """Return the same text for the same definition; only without a plan devices have an order (mender 2.7)."""
        devices = sorted(self.targets) if self.plan else self.devices
        target = [devices, self.all_devices, self.group, self.filter_id]
        parts = [self.name, self.artifact_name, self.force_installation, *target]
        return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Deployment:
    """The head of a deployment. `order` sorts the deployments of a workspace by creation, strictly."""

    workspace: str
    id: str
    order: str
    created: datetime
    name: str
    artifact_name: str
    target: Target
    size: int
    """Number of targeted devices; of an open target, how many there were at creation."""
    shards: int
    content: SlotContent | None = None
    """What is pushed to the devices, or taken back by a roll back; None for software, for which devices ask."""
    force_installation: bool = False
    retry: RetryPolicy = NO_RETRY
    phases: tuple[Phase, ...] = ()
    open_phase: int = 0
    """Number of the newest open phase, from 0; NONE_OPEN while the first is still to come."""
    full_phase: int = NONE_OPEN
    """A phase in which a device found no room: as long as no later one is open there is none."""
    most_devices: int | None = None
    """It has finished once so many devices have; no more than that are ever let in."""
    control_map: ControlMap | None = None
    """Where its devices halt, None when it was created without a map: then it never gets one."""
    steering: Steering = UNSTEERED
    rolls_back: str = ""
    """Id of the deployment that it undoes."""
    rolled_back_by: str = ""
    """Id of the deployment that undoes it."""
    cut: Cut | None = None
    """Of a CUT target: who was accepted at creation."""
    filter: SavedFilter | None = None
    """Of a FILTER target, as it was saved at creation."""
    device_group: str = ""
    """Of a list of one device: the group that it was in at creation."""
    state: State = State.ACTIVE
    finished: datetime | None = None
    aborted_by: str = ""
    """Id of the API key or of the user that aborted it; empty when its plan did, and when that is not known."""
    artifact_ids: tuple[str, ...] = ()
    """What it could assign, frozen when it finished; before that the release tells."""
    rev: int = 0

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was aborted: then every open device deployment of it is aborted, wherever it is read."""
        return self.state in {State.ABORTING, State.ABORTED}

    @property
    def is_over(self) -> bool:
        """Whether it is known, without counting, to have ended."""
        return self.state is not State.ACTIVE

    @property
    def has_open_target(self) -> bool:
        """Whether nobody can say how many devices it will have."""
        return self.target is Target.FILTER

    @property
    def slot(self) -> SlotKind:
        """Which part of a device it replaces."""
        return SlotKind.SOFTWARE if self.content is None else self.content.slot

    @property
    def is_pushed(self) -> bool:
        """Whether the execution gives it to the devices: they do not ask for it."""
        return self.content is not None

    @property
    def is_controlled(self) -> bool:
        """Whether an execution has something to do: as long as phases are to come, under a plan to the end."""
        return self.steering.has_plan or self.open_phase < len(self.phases) - 1

    @property
    def halts_devices(self) -> bool:
        """Whether only who reads control maps may start: others would pass the points (mender contract 9.6)."""
        return self.control_map is not None and self.control_map.halts

    @property
    def is_limited(self) -> bool:
        """Whether it is counted which devices are let in: by phases, or up to a number of them."""
        return bool(self.phases) or self.most_devices is not None or self.steering.has_plan

    @property
    def capacity(self) -> int | None:
        """How many devices are let in at present, None for any number: the last phase of an open target takes all.

        The phases of a plan limit no number: each device knows its own.
        """
        is_last = self.has_open_target and self.open_phase == len(self.phases) - 1
        takes_all = not self.phases or is_last or self.steering.has_plan
        opened = [] if takes_all else [room(self.phases, self.open_phase)]
        limits = [*opened, *([] if self.most_devices is None else [self.most_devices])]
        return min(limits, default=None)

    @property
    def is_known_full(self) -> bool:
        """Whether a device has found that there is no room until another phase opens."""
        return self.capacity is not None and self.full_phase >= self.open_phase

    @property
    def is_exhausted(self) -> bool:
        """Whether no phase will bring more room: when it is full, it stays so."""
        return self.most_devices is not None and self.capacity == self.most_devices

    @property
    def group(self) -> str:
        """The group that it goes to, or that its only device was in; empty when there is none."""
        return self.cut.group if self.cut else self.device_group

    def withdrawn(self, now: datetime, by: str = "") -> Deployment:
        """Return it as its abort begins; `by` as `aborted_by`."""
        return replace(self, state=State.ABORTING, finished=now, aborted_by=by)

    @property
    def index_parts(self) -> int:
        """Over how many index partitions its rows are spread: one for each sixteen counter shards.

        The rows of a list are written at once, however few shards count what becomes of them.
        """
        shards = max(self.shards, shards_for(self.size)) if self.target is Target.LIST else self.shards
        return max(1, shards // _SHARDS_PER_INDEX_PART)

    def row_of(self, device_id: str) -> DeviceDeployment:
        """Return a device's row before anything happened to it; of a fixed list with a plan it lacks its phase."""
        bounds = self.steering.bounds
        return self._row_in(phase_at(position(self.steering.seed, device_id), bounds) if bounds else 0, device_id)

    def _row_in(self, phase: int, device_id: str) -> DeviceDeployment:
        steering = self.steering
        return DeviceDeployment(
            workspace=self.workspace,
            deployment_id=self.id,
            device_id=device_id,
            order=self.order,
            shard=shard_of(device_id, self.shards),
            index_part=shard_of(device_id, self.index_parts),
            retry=self.retry,
            phase=phase,
            is_planned=steering.has_plan,
            deadlines=steering.deadlines,
            withdraws_success=steering.withdraws_success,
        )

    def restoring_row_of(self, undone: DeviceDeployment) -> DeviceDeployment | None:
        """Return a device's row in a roll back by its row in what is undone; None when it never asked for that."""
        if not undone.is_restorable:
            return None
        return replace(self.row_of(undone.device_id), restores=undone.previous, undoes=undone.order)

    def rows_of(self, device_ids: Sequence[str]) -> list[DeviceDeployment]:
        """Return the rows of a whole fixed list: who is in which phase depends on all of them."""
        if not device_ids or not self.steering.has_plan:
            return [self.row_of(device_id) for device_id in device_ids]
        phases = assign(self.steering.seed, device_ids, [phase.size for phase in self.phases])
        return [self._row_in(phases[device_id], device_id) for device_id in device_ids]


def next_order(last_order: str, milliseconds: str, deployment_id: str) -> str:
    """Return an order above every earlier one, whatever the clocks of two writers say."""
    last = int(last_order.partition("-")[0] or 0)
    return f"{max(int(milliseconds), last + 1):013d}-{deployment_id}"


def shards_for(size: int) -> int:
    """Return how many counter shards keep every shard cool: a power of two near one per 32 devices, at most 256."""
    wanted = max(1, -(-size // _TARGETS_PER_SHARD))
    return min(MOST_SHARDS, 1 << (wanted - 1).bit_length())


def shard_of(device_id: str, shards: int) -> int:
    """Return the counter shard of a device in a deployment with so many of them."""
    return int.from_bytes(hashlib.sha256(device_id.encode()).digest()[:4]) % shards
