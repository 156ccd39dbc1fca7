"""Devices with a slot that planned deployments are pushed to, whichever dialect it is of: v1, v2 and v3 can be had."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from copy import copy
from datetime import datetime, timedelta
from typing import NamedTuple, Self

from sluiceway.domain.choices import Choice
from sluiceway.domain.config_deployment import Activity, Deploy, Report, Target, Trouble
from sluiceway.domain.device_deployment import DeviceDeployment, Status
from sluiceway.domain.errors import NoSuchRecord
from sluiceway.domain.plan import Plan
from sluiceway.domain.slots import AssignedVersion, ConfigContent, SlotContent, read_assigned_version
from sluiceway.domain.workflow_slot import Attempt, Side
from sluiceway.storage import keys
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Query
from sluiceway.usecases.config_deployments import change_config_deployment, get_config_deployment
from sluiceway.usecases.config_devices import delete_config_device
from sluiceway.usecases.config_state import load_config_state
from sluiceway.usecases.config_sync import deployments_at, hand_over, report_config
from sluiceway.usecases.create_config_deployment import NewConfigDeployment, create_config_deployment
from sluiceway.usecases.create_pushed_deployment import PushedDefinition, create_pushed_deployment
from sluiceway.usecases.deployment_devices import deployment_devices
from sluiceway.usecases.deployments import load
from sluiceway.usecases.explain import Explanation, explain
from sluiceway.usecases.service import Service
from sluiceway.usecases.workflow_devices import delete_workflow_device
from sluiceway.usecases.workflow_slots import SlotListing
from tests.support.app import NOW
from tests.support.configs import Catalogue
from tests.support.executions import advance
from tests.support.workflow_fleet import OPERATOR, WorkflowFleet
from tests.unit.usecases.stores import WORKSPACE

MINUTE = timedelta(minutes=1)
VERSIONS = ("v1", "v2", "v3")


class Standing(NamedTuple):
    """What a device is to have in its slot."""

    version: str = ""
    """Empty for none, and for a device that was deleted."""
    choice: Choice | None = None
    """What gave it that."""


class PushedSlot(ABC):
    """Some devices of one dialect; each thing that happens to them is a minute after the one before."""

    service: Service
    workspace = WORKSPACE
    devices: Sequence[str]
    now = NOW + timedelta(hours=1)
    step = MINUTE

    @abstractmethod
    def __init__(self, devices: int = 1, service: Service | None = None) -> None:
        """Make so many devices that have nothing yet."""

    @abstractmethod
    def content(self, version: str) -> SlotContent:
        """What a planned deployment brings."""

    @abstractmethod
    def brings(self, content: SlotContent) -> str:
        """The version of it."""

    @abstractmethod
    def give(self, device: str, version: str) -> None:
        """Let an operator give a device something by the call of the dialect."""

    @abstractmethod
    def standing(self, device: str) -> Standing:
        """What a device is to have."""

    @abstractmethod
    def named(self, previous: str) -> str:
        """The version that a row calls so."""

    @abstractmethod
    def fetches(self, device: str) -> None:
        """Let a device ask what it is to have, and say nothing."""

    @abstractmethod
    def works(self, device: str) -> None:
        """Let a device say that it runs what it is to have."""

    @abstractmethod
    def fails(self, device: str) -> None:
        """Let a device say that it cannot run what it is to have."""

    @abstractmethod
    def delete(self, device: str) -> None:
        """Let an operator delete a device."""

    @abstractmethod
    def times_given(self, device: str) -> int:
        """How often a device was given something."""

    def tick(self) -> datetime:
        """The next minute."""
        self.now += self.step
        return self.now

    def through(self, service: Service, now: datetime) -> Self:
        """The same devices for a process that reaches the stores in another way, at a time that stands still."""
        other = copy(self)
        other.service, other.now, other.step = service, now, timedelta(0)
        return other

    def has(self, device: str) -> str:
        """The version that a device is to have, empty for none."""
        return self.standing(device).version

    def plan(self, version: str, *devices: str, plan: Plan | None = None, service: Service | None = None) -> str:
        """Make a planned deployment, to all devices unless some are named."""
        wanted = PushedDefinition(version, self.content(version), devices or self.devices, plan or Plan())
        return create_pushed_deployment(service or self.service, self.workspace, wanted, self.tick())

    def look(self, deployment: str, service: Service | None = None) -> datetime | None:
        """Let the execution of a deployment look."""
        return advance(service or self.service, self.workspace, deployment, self.tick())

    def rows(self, deployment: str) -> dict[str, DeviceDeployment]:
        """The parts of the devices in a deployment."""
        rows = deployment_devices(self.service, load(self.service, self.workspace, deployment))
        return {row.device_id: row for row in rows}

    def status(self, deployment: str, device: str) -> Status:
        """Where a device stands in a deployment."""
        return self.rows(deployment)[device].status

    def explain(self, deployment: str, device: str) -> Explanation:
        """Why a device is not offered a deployment."""
        return explain(self.service, self.workspace, deployment, device, self.now)


class ConfigSlots(PushedSlot):
    """Of the Miru dialect."""

    def __init__(self, devices: int = 1, service: Service | None = None) -> None:
        catalogue = Catalogue(service) if service else Catalogue()
        self.service = catalogue.service
        self.devices = [catalogue.device().id for _ in range(devices)]
        schema = catalogue.schema()
        self.releases = {each: catalogue.release(schema, version=each) for each in VERSIONS}
        self.instance = catalogue.instance(of=schema).id

    def content(self, version: str) -> SlotContent:
        """One instance for its only schema."""
        return ConfigContent(self.releases[version].id, (self.instance,))

    def brings(self, content: SlotContent) -> str:
        """The version of its release."""
        assert isinstance(content, ConfigContent)
        return next(version for version, release in self.releases.items() if release.id == content.release_id)

    def give(self, device: str, version: str) -> None:
        """Stage and deploy."""
        new = NewConfigDeployment(device, self.releases[version].id, Target.STAGED, (self.instance,))
        made = create_config_deployment(self.service, self.workspace, new, self.tick())
        change_config_deployment(self.service, self.workspace, made.id, Deploy(approves=True), self.now)

    def standing(self, device: str) -> Standing:
        """The release of its target deployment."""
        try:
            slot = load_config_state(self.service, self.workspace, device).device.slot
        except NoSuchRecord:
            return Standing()
        return Standing(self.named(slot.target), slot.choice)

    def named(self, previous: str) -> str:
        """The release of a config deployment."""
        if previous in {"", "none"}:
            return ""
        made = get_config_deployment(self.service, self.workspace, previous)
        return self.brings(ConfigContent(made.release_id, made.instance_ids))

    def fetches(self, device: str) -> None:
        """From then on it may have it."""
        state = load_config_state(self.service, self.workspace, device)
        hand_over(self.service, state, deployments_at(state, {Activity.QUEUED}), self.tick())

    def works(self, device: str) -> None:
        """Fetch and report."""
        self._report(device, Report(Activity.DEPLOYED, Trouble.NONE))

    def fails(self, device: str) -> None:
        """Fetch and report."""
        self._report(device, Report(Activity.QUEUED, Trouble.FAILED))

    def delete(self, device: str) -> None:
        """Archive what it has too."""
        delete_config_device(self.service, self.workspace, device, self.tick())

    def times_given(self, device: str) -> int:
        """Count the config deployments that were ever made for it."""
        records = read_all(self.service.table, Query(keys.config_deployment_directory(self.workspace)))
        return sum(record.item["device"] == device for record in records)

    def _report(self, device: str, report: Report) -> None:
        now, state = self.tick(), load_config_state(self.service, self.workspace, device)
        for each in hand_over(self.service, state, deployments_at(state, {Activity.QUEUED}), now):
            report_config(self.service, state, each.id, report, now)
        for each in deployments_at(state, {Activity.DEPLOYED, Activity.REMOVING}):
            if each.target is Target.ARCHIVED:
                report_config(self.service, state, each.id, Report(Activity.ARCHIVED, Trouble.NONE), now)


class WorkflowSlots(PushedSlot):
    """Of the Losant dialect."""

    def __init__(self, devices: int = 1, service: Service | None = None) -> None:
        fleet = WorkflowFleet(service.table if service else MemoryTable(), workspace=WORKSPACE)
        self.fleet = fleet.through(service) if service else fleet
        self.service = self.fleet.service
        self.found = {device.id: device for device in self.fleet.devices(devices)}
        self.devices = [*self.found]
        self.workflow = self.fleet.workflow()
        self.versions = {each: self.fleet.publish(self.workflow, each) for each in VERSIONS}
        assert self.fleet.common_key

    def through(self, service: Service, now: datetime) -> Self:
        """The same ones, the fleet too."""
        other = super().through(service, now)
        other.fleet = self.fleet.through(service)
        return other

    def tick(self) -> datetime:
        """The next minute, for the fleet too."""
        now = super().tick()
        self.fleet.seconds.following = (now - NOW) // timedelta(seconds=1)
        return now

    def content(self, version: str) -> SlotContent:
        """A version of the one workflow."""
        return AssignedVersion(self.workflow.id, version)

    def brings(self, content: SlotContent) -> str:
        """The version."""
        assert isinstance(content, AssignedVersion)
        return content.version or ""

    def give(self, device: str, version: str) -> None:
        """Release."""
        self.tick()
        self.fleet.release({self.workflow.id: version}, self.found[device])

    def standing(self, device: str) -> Standing:
        """The desired version."""
        listing = SlotListing(device_id=device, workflow_id=self.workflow.id)
        for shown in self.fleet.slots(listing):
            return Standing(shown.slot.desired.version if shown.slot.desired else "", shown.slot.choice)
        return Standing()

    def named(self, previous: str) -> str:
        """The version of the one workflow."""
        return read_assigned_version(previous).version or ""

    def fetches(self, device: str) -> None:
        """Read, which leaves no trace."""
        self.has(device)

    def works(self, device: str) -> None:
        """Report it."""
        self.tick()
        self.fleet.runs(self.found[device], self.workflow, self.versions.get(self.has(device)))

    def fails(self, device: str) -> None:
        """Report an error, the same one each time."""
        self.tick()
        attempt = Attempt(self.has(device), "", "needs runtime 2.4.0")
        self.fleet.fails(self.found[device], self.workflow, attempt, None)

    def delete(self, device: str) -> None:
        """Forget its slots too."""
        delete_workflow_device(self.service, self.workspace, device, OPERATOR, self.tick())

    def times_given(self, device: str) -> int:
        """Count the entries of its log about what is wanted."""
        log = self.fleet.slot(self.found[device], self.workflow).log
        return sum(entry.side is Side.DESIRED for entry in log)
