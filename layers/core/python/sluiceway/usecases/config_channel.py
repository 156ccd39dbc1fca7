"""Giving devices configuration under a plan: each gets a config deployment of its own (miru contract 6)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sluiceway.domain.choices import PlannedChoice
from sluiceway.domain.config_deployment import (
    NO_VERDICT,
    Activity,
    ConfigDeployment,
    ConfigSlot,
    Deploy,
    Target,
    Trouble,
    effective_config,
)
from sluiceway.domain.config_device import ConfigDevice
from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import (
    DeviceDeployment,
    Event,
    Reported,
    SilenceBegan,
    Status,
    Withdrawn,
    Withheld,
)
from sluiceway.domain.errors import Outdone, Refused, ReleaseIsCurrent, ReleaseNotCurrent, WrongState
from sluiceway.domain.slots import ConfigContent
from sluiceway.storage import keys
from sluiceway.storage.config_deployment_items import read_config_deployment
from sluiceway.storage.config_device_items import read_config_device
from sluiceway.storage.table import Item, Key
from sluiceway.usecases.channels import Held, Pushed
from sluiceway.usecases.config_deployments import change_config_deployment, get_config_deployment
from sluiceway.usecases.config_devices import get_config_devices
from sluiceway.usecases.create_config_deployment import NewConfigDeployment, create_config_deployment
from sluiceway.usecases.idempotency import Once, made_before, once_of
from sluiceway.usecases.service import Service
from sluiceway.usecases.take_off_config import Given, archive_undelivered, take_off_config

DEVICE_FAILED = "device-failed"
VALIDATION_FAILED = "validation-failed"
NO_VERDICT_IN_TIME = "no-verdict"
"""Failure codes, by which a plan may choose what is worth another attempt."""
_GONE = Withdrawn(Status.DECOMMISSIONED)
_SUPERSEDED = Withdrawn(Status.SUPERSEDED)
_NO_CONFIG = "none"
"""What a device has that has no target deployment: as no deployment is called."""


@dataclass(frozen=True, slots=True)
class ConfigChannel:
    """A `Channel`: what a device has, and what it is given, is called by the id of the config deployment."""

    service: Service
    deployment: Deployment
    content: ConfigContent
    planned: PlannedChoice

    def held_by(self, device_ids: Collection[str]) -> Mapping[str, Held]:
        """Return the target deployment of each device, having none being something as well."""
        devices = get_config_devices(self.service, self.deployment.workspace, device_ids)
        slots = {device.id: device.slot for device in devices.values()}
        return {each: Held(slot.target or _NO_CONFIG, slot.choice, slot.release) for each, slot in slots.items()}

    def content_of(self, name: str) -> str:
        """Return the release of a config deployment."""
        return (
            ""
            if name == _NO_CONFIG
            else get_config_deployment(self.service, self.deployment.workspace, name).release_id
        )

    def push(self, rows: Sequence[DeviceDeployment], now: datetime) -> Mapping[str, Pushed | Event]:
        """Make a config deployment for each device, and deploy it; take off what was pushed where nothing was."""
        devices = get_config_devices(self.service, self.deployment.workspace, [row.device_id for row in rows])
        there = [row for row in rows if row.device_id in devices]
        pushed = self.service.table.side_by_side(
            *(partial(self._push, row, devices[row.device_id], now) for row in there)
        )
        gone = {row.device_id: _GONE for row in rows if row.device_id not in devices}
        made = zip(there, pushed, strict=True)
        return {**gone, **{row.device_id: outcome for row, outcome in made if outcome is not None}}

    def follow(self, rows: Sequence[DeviceDeployment], now: datetime) -> Mapping[str, Event]:
        """Read config deployments in one batch, and in another devices, where that does not say all.

        What has passed its validation is deployed.
        """
        live = self.service.table.get_many([_live_key(row) for row in rows])
        unclear = [row for row in rows if _tells_all(row, live) is None]
        found = {**live, **self.service.table.get_many([key for row in unclear for key in _keys(row)])}
        events = ((row, self._event(row, found, now)) for row in rows)
        return {row.device_id: event for row, event in events if event is not None}

    def take_back(self, rows: Sequence[DeviceDeployment], now: datetime) -> Collection[str]:
        """Deploy what was deployed before, or take off what was pushed; a device is not through before its verdict."""
        through = self.service.table.side_by_side(*(partial(self._take_back, row, now) for row in rows))
        return {row.device_id for row, is_through in zip(rows, through, strict=True) if is_through}

    def _take_back(self, row: DeviceDeployment, now: datetime) -> bool:
        given = Given(row.workspace, row.device_id, self.planned.place)
        try:
            if row.previous == _NO_CONFIG:
                take_off_config(self.service, given, now)
                return True
            return self._is_given_back(row, given, now)
        except (ReleaseIsCurrent, ReleaseNotCurrent):
            return False
        except Refused:
            return True

    def _is_given_back(self, row: DeviceDeployment, given: Given, now: datetime) -> bool:
        """Deploy what was deployed before, unless the device never got what was pushed; tell whether that is done."""
        once = _once(row, "taken back")
        if made_before(self.service, once, now) is None:
            archive_undelivered(self.service, given, now)
        device = get_config_devices(self.service, row.workspace, [row.device_id]).get(row.device_id)
        if device is None or not row.previous or not self._has_changed(row, device.slot):
            return True
        made = self._made(replace(row, restores=row.previous), device, once, now, self.planned.taking_back())
        self._deploy_staged(made, now)
        return made.activity is not Activity.VALIDATING

    def _has_changed(self, row: DeviceDeployment, slot: ConfigSlot) -> bool:
        """Tell whether the device was given this, or was taken off what it had: that is nobody's choice."""
        is_taken_off = row.restores == _NO_CONFIG and not slot.target
        by_plan = slot.choice.plan if slot.choice else ""
        return by_plan == (self.planned.undoes if is_taken_off else self.planned.place)

    def _push(self, row: DeviceDeployment, device: ConfigDevice, now: datetime) -> Pushed | Event | None:
        """Create and deploy; a device that was given something else at the same moment is looked at again."""
        try:
            return self._take_off(row, now) if row.restores == _NO_CONFIG else self._deployed(row, device, now).id
        except (ReleaseIsCurrent, ReleaseNotCurrent):
            return None
        except Outdone:
            return _SUPERSEDED
        except Refused as refusal:
            return Reported(Status.FAILURE, str(refusal))

    def _take_off(self, row: DeviceDeployment, now: datetime) -> Pushed | Event:
        """Take off what is rolled back; it is called as before while the device has it."""
        given = Given(row.workspace, row.device_id, self.planned.undoes, self.planned.takes, self.planned.over)
        leaving = take_off_config(self.service, given, now)
        return leaving.id if leaving else Reported(Status.SUCCESS)

    def _deployed(self, row: DeviceDeployment, device: ConfigDevice, now: datetime) -> ConfigDeployment:
        made = self._made(row, device, _once(row, "planned", str(row.attempt)), now, self.planned)
        self._deploy_staged(made, now)
        return made

    def _made(
        self, row: DeviceDeployment, device: ConfigDevice, once: Once, now: datetime, planned: PlannedChoice
    ) -> ConfigDeployment:
        """Create once what is to be deployed: only what the device has already can be created with that target."""
        content = self._content(row)
        is_current = device.slot.release == content.release_id
        new = NewConfigDeployment(
            device_id=row.device_id,
            release_id=content.release_id,
            target=Target.DEPLOYED if is_current else Target.STAGED,
            instance_ids=content.instance_ids,
            description=self.deployment.name,
            planned=planned,
        )
        return create_config_deployment(self.service, row.workspace, new, now, once=once)

    def _content(self, row: DeviceDeployment) -> ConfigContent:
        if not row.restores:
            return self.content
        former = get_config_deployment(self.service, row.workspace, row.restores)
        return ConfigContent(former.release_id, former.instance_ids)

    def _deploy_staged(self, made: ConfigDeployment, now: datetime) -> None:
        """Deploy what was made to be deployed, unless somebody has just decided otherwise."""
        if made.activity is Activity.STAGED:
            with suppress(WrongState):
                change_config_deployment(self.service, made.workspace, made.id, Deploy(approves=True), now)

    def _event(self, row: DeviceDeployment, found: Mapping[Key, Item], now: datetime) -> Event | None:
        delivered = _tells_all(row, found)
        if delivered is not None:
            return _event_of(delivered) or self._timing_of(row, delivered)
        state = _state(row, found)
        if state is None:
            return _GONE
        device, stored = state
        if row.restores == _NO_CONFIG:
            return _event_of_removal(device.slot, stored)
        shown = effective_config(stored, device.slot)
        if not self.deployment.is_withdrawn:
            self._deploy_staged(shown, now)
        return _event_of(shown) or self._timing_of(row, shown)

    def _timing_of(self, row: DeviceDeployment, shown: ConfigDeployment) -> Event | None:
        """Let silence count only from when the device can have what waited for a verdict."""
        if row.status is not Status.PENDING:
            return None
        if shown.activity is Activity.VALIDATING:
            return Withheld() if row.deadline else None
        is_bounded = self.deployment.steering.deadlines.offered is not None
        return SilenceBegan() if is_bounded and row.deadline is None else None


def _once(row: DeviceDeployment, *reason: str) -> Once:
    return once_of(row.workspace, (reason[0], row.deployment_id, row.device_id, *reason[1:]), b"")


def _live_key(row: DeviceDeployment) -> Key:
    return keys.live_config_deployment(row.workspace, row.device_id, row.pushed)


def _keys(row: DeviceDeployment) -> tuple[Key, Key]:
    device = keys.config_device(row.workspace, row.device_id)
    return device, keys.archived_config_deployment(row.workspace, row.device_id, row.pushed)


def _tells_all(row: DeviceDeployment, found: Mapping[Key, Item]) -> ConfigDeployment | None:
    """Return the deployment of a device that says by itself how it stands: neither staged, over, nor to be removed.

    A device that is deleted has none.
    """
    stored = found.get(_live_key(row))
    live = read_config_deployment(row.workspace, stored) if stored else None
    if live is None or live.activity is Activity.STAGED or row.restores == _NO_CONFIG:
        return None
    return live


def _state(row: DeviceDeployment, found: Mapping[Key, Item]) -> tuple[ConfigDevice, ConfigDeployment] | None:
    """Return a device with its deployment, None when it was deleted."""
    head, archived = _keys(row)
    stored = found.get(_live_key(row)) or found.get(archived)
    device = read_config_device(row.workspace, found[head]) if head in found else None
    if device is None or device.is_deleted or stored is None:
        return None
    return device, read_config_deployment(row.workspace, stored)


def _event_of(shown: ConfigDeployment) -> Event | None:
    if shown.error is Trouble.FAILED:
        return Reported(Status.FAILURE, DEVICE_FAILED if shown.queued else VALIDATION_FAILED)
    if shown.deployed is not None:
        return Reported(Status.SUCCESS)
    if shown.message == NO_VERDICT and shown.target is Target.ARCHIVED:
        return Reported(Status.FAILURE, NO_VERDICT_IN_TIME)
    if shown.target is Target.ARCHIVED or shown.activity is Activity.DRIFTED:
        return _SUPERSEDED
    return Reported(Status.INSTALLING) if shown.handed_over is not None else None


def _event_of_removal(slot: ConfigSlot, leaving: ConfigDeployment) -> Event | None:
    if slot.target:
        return _SUPERSEDED
    if leaving.activity is Activity.ARCHIVED:
        return Reported(Status.SUCCESS)
    return Reported(Status.INSTALLING) if leaving.activity is Activity.REMOVING else None
