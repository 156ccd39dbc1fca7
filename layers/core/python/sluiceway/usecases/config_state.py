"""What one device's configuration stands on, in one Query, and what decisions about it write (miru contract 6.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sluiceway.domain.config_deployment import (
    Activity,
    Command,
    ConfigDeployment,
    ConfigSlot,
    Replace,
    Supersede,
    Target,
    decide_config,
)
from sluiceway.domain.config_device import ConfigDevice
from sluiceway.domain.errors import NoSuchRecord, Unauthenticated
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.storage import keys
from sluiceway.storage.config_deployment_items import (
    changed_config_deployment,
    new_config_deployment,
    read_config_deployment,
)
from sluiceway.storage.config_device_items import change_slot, read_config_device
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Write
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class ConfigState:
    """A device and its config deployments that are not over, by id."""

    device: ConfigDevice
    live: Mapping[str, ConfigDeployment]


@dataclass(frozen=True, slots=True)
class Change:
    """One deployment as it was read, None when it is new, and as it was decided."""

    before: ConfigDeployment | None
    after: ConfigDeployment

    @property
    def writes(self) -> list[Write]:
        """What stores it."""
        if self.before is None:
            return new_config_deployment(self.after)
        return changed_config_deployment(self.before, self.after)


def load_config_state(service: Service, workspace: str, device_id: str) -> ConfigState:
    """Read a device and its live config deployments. Raises NotFound, also for a deleted device."""
    state = find_config_state(service, workspace, device_id)
    if state is None or state.device.is_deleted:
        raise NoSuchRecord("device", device_id)
    return state


def find_config_state(service: Service, workspace: str, device_id: str) -> ConfigState | None:
    """Read a device, which may be deleted, and its live config deployments; None when there never was one."""
    if not is_possible_id(device_id):
        return None
    records = read_all(service.table, keys.config_device_with_live(workspace, device_id))
    if not records or records[0].key.sk != keys.CONFIG_DEVICE_HEAD:
        return None
    device = read_config_device(workspace, records[0].item)
    live = (read_config_deployment(workspace, record.item) for record in records[1:])
    return ConfigState(device, {deployment.id: deployment for deployment in live})


def load_session_state(service: Service, workspace: str, device_id: str, epoch: int) -> ConfigState:
    """Read what a device stands on that calls with a token of this epoch.

    Raises Unauthenticated when it was deleted, or activated again, since it was given the token.
    """
    state = find_config_state(service, workspace, device_id)
    if state is None or state.device.is_deleted or state.device.epoch != epoch:
        raise Unauthenticated("the device of this token was deleted or activated again")
    return state


def fresh_states(service: Service, state: ConfigState) -> Iterator[ConfigState]:
    """Give the state that was read for a device that calls, then, after each lost race, the state as it is now.

    Raises Unauthenticated when the race was lost to what revoked the device's tokens: what the former machine has still
    to say is not said of what the present one holds (contract 8.2, 8.6).
    """
    device = state.device
    yield state
    while True:
        yield load_session_state(service, device.workspace, device.id, device.epoch)


def load_archived(service: Service, device: ConfigDevice, deployment_id: str) -> ConfigDeployment:
    """Read a deployment of a device of which nothing can become any more. Raises NotFound."""
    if is_possible_id(deployment_id):
        stored = service.table.get(keys.archived_config_deployment(device.workspace, device.id, deployment_id))
        if stored is not None:
            return read_config_deployment(device.workspace, stored)
    raise NoSuchRecord("deployment", deployment_id)


def changes_by(
    state: ConfigState, deployments: Iterable[ConfigDeployment], command: Command, now: datetime
) -> list[Change]:
    """Return what a command changes about some deployments of the device."""
    decisions = [(each, decide_config(each, command, state.device.slot, now)) for each in deployments]
    return [Change(each, decided) for each, decided in decisions if isinstance(decided, ConfigDeployment)]


def consequences(state: ConfigState, change: Change, now: datetime) -> list[Change]:
    """Return what a decision about one deployment makes of the device's others (contract 6.3, 6.5).

    Staging archives what was staged or validated for the same release, taking a place archives the parent that still
    waits for its own, and delivery supersedes the target; while it is validated, all of that waits, except that of
    those to be staged for a release the last one alone is validated.
    """
    after = change.after
    if not _takes_place(change):
        is_to_be_staged = change.before is None and after.target is Target.STAGED
        return _all(state, _validated_alike(state, after), Replace(), now) if is_to_be_staged else []
    superseded = [state.device.slot.target] if after.target is Target.DEPLOYED else []
    waiting = _waiting_alike(state, after) if after.target is Target.STAGED else []
    replaced = [*waiting, *([after.parent_id] if after.parent_id not in {"", *waiting, *superseded} else [])]
    return [*_all(state, superseded, Supersede(), now), *_all(state, replaced, Replace(), now)]


def slot_after(state: ConfigState, change: Change) -> ConfigSlot:
    """Return the device's slot as a decision about one deployment leaves it."""
    slot, after = state.device.slot, change.after
    if after.target is not Target.DEPLOYED:
        return slot.without(after)
    return slot.holding(after) if after.activity is Activity.QUEUED and after.id != slot.target else slot


def config_writes(state: ConfigState, changes: Iterable[Change], slot: ConfigSlot) -> list[Write]:
    """Return the writes of one transaction, which takes hold only while nobody else decided about the device."""
    return [change_slot(state.device, slot), *(write for change in changes for write in change.writes)]


def _takes_place(change: Change) -> bool:
    """Tell whether a deployment gets, just now, what it waited or was made for."""
    was = None if change.before is None else change.before.activity
    arrives = change.after.activity in {Activity.STAGED, Activity.QUEUED}
    return arrives and was is not change.after.activity


def _waiting_alike(state: ConfigState, deployment: ConfigDeployment) -> list[str]:
    return [each.id for each in _others_of_release(state, deployment) if each.target is Target.STAGED]


def _validated_alike(state: ConfigState, deployment: ConfigDeployment) -> list[str]:
    alike = _waiting_alike(state, deployment)
    return [each for each in alike if state.live[each].activity is Activity.VALIDATING]


def _others_of_release(state: ConfigState, deployment: ConfigDeployment) -> list[ConfigDeployment]:
    return [
        each for each in state.live.values() if each.release_id == deployment.release_id and each.id != deployment.id
    ]


def _all(state: ConfigState, deployment_ids: Iterable[str], command: Command, now: datetime) -> list[Change]:
    return changes_by(state, (state.live[each] for each in deployment_ids if each in state.live), command, now)
