"""Taking off a device the configuration that a planned deployment gave it (miru contract 6.5, design section 7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sluiceway.domain.choices import Choice
from sluiceway.domain.config_deployment import Archive, ConfigDeployment, Supersede, Target
from sluiceway.domain.errors import Outdone
from sluiceway.storage.commit import commit
from sluiceway.storage.table import Write
from sluiceway.usecases.config_deployments import state_of_device
from sluiceway.usecases.config_state import Change, ConfigState, changes_by, config_writes
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class Given:
    """What a planned deployment, told by the place of its choice, gave a device."""

    workspace: str
    device_id: str
    place: str
    release: str = ""
    """What it gave, where the roll back of something newer may have given it again."""
    over: str = ""
    """Place of what was given in vain since, empty for nothing."""

    def is_of(self, deployment: ConfigDeployment) -> bool:
        """Tell whether a config deployment was given, or given back, by it."""
        was_given_back = Choice(deployment.created, deployment.planned).gave_back
        is_planned = bool(deployment.planned) and deployment.planned in {self.place, self.over}
        return is_planned or (was_given_back and deployment.release_id == self.release)


def take_off_config(service: Service, given: Given, now: datetime) -> ConfigDeployment | None:
    """Archive what was given, and return what the device has still to remove; None when there is nothing.

    What was not delivered is archived at once. Raises InvalidReference for a device that does not exist, and Outdone
    when something else is in its place. Done again it changes nothing.
    """

    def plan() -> tuple[ConfigDeployment | None, Sequence[Write]]:
        state = state_of_device(service, given.workspace, given.device_id)
        live = list(filter(given.is_of, state.live.values()))
        if state.device.slot.target not in {"", *(each.id for each in live)}:
            raise Outdone(f"device {given.device_id} was given something else")
        return _removal(state, live, now)

    return commit(service.table, plan)


def archive_undelivered(service: Service, given: Given, now: datetime) -> None:
    """Archive what was given and waits for a verdict or for being deployed. Raises InvalidReference."""

    def plan() -> tuple[None, Sequence[Write]]:
        state = state_of_device(service, given.workspace, given.device_id)
        live = list(filter(given.is_of, state.live.values()))
        changes = _undelivered(state, live, now)
        return None, config_writes(state, changes, state.device.slot) if changes else []

    commit(service.table, plan)


def _undelivered(state: ConfigState, live: Sequence[ConfigDeployment], now: datetime) -> list[Change]:
    return changes_by(state, live, Archive(spares_validating=False), now)


def _removal(
    state: ConfigState, live: Sequence[ConfigDeployment], now: datetime
) -> tuple[ConfigDeployment | None, Sequence[Write]]:
    changes = [*_undelivered(state, live, now), *changes_by(state, live, Supersede(), now)]
    slot = state.device.slot
    for change in changes:
        slot = slot.without(change.after)
    after = {**{each.id: each for each in live}, **{change.after.id: change.after for change in changes}}
    leaving = [each for each in after.values() if each.target is Target.ARCHIVED and each.is_live]
    return next(iter(leaving), None), config_writes(state, changes, slot) if changes else []
