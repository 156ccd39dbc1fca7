"""What a device hears of its config deployments and says of them (miru contract 6.5, 8.5, 8.6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sluiceway.domain.config_deployment import (
    Activity,
    ConfigDeployment,
    HandOver,
    Redeliver,
    Report,
    decide_config,
    effective_config,
)
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.table import Put, Write
from sluiceway.usecases.config_state import (
    Change,
    ConfigState,
    changes_by,
    config_writes,
    fresh_states,
    load_archived,
    slot_after,
)
from sluiceway.usecases.service import Service


def deployments_at(state: ConfigState, activities: Collection[Activity]) -> list[ConfigDeployment]:
    """Return the device's deployments at these activities; it may hear of them once they are handed over."""
    return [each for each in state.live.values() if each.activity in activities]


def hand_over(
    service: Service, state: ConfigState, listed: Iterable[ConfigDeployment], now: datetime
) -> list[ConfigDeployment]:
    """Mark deployments of the device that are about to be answered to it, and return them as they are then.

    One that was superseded before it could be marked is left out: the device never has to hear of it. Raises
    Unauthenticated when another machine became the device meanwhile.
    """
    handed = [_handed_over(service, state, each, now) for each in listed]
    return [each for each in handed if each is not None and each.activity is not Activity.ARCHIVED]


def deployment_for_device(service: Service, state: ConfigState, deployment_id: str, now: datetime) -> ConfigDeployment:
    """Return one deployment of the device, marked as handed over before if it is on its way. Raises NotFound."""
    listed = state.live.get(deployment_id)
    shown = None if listed is None else _handed_over(service, state, listed, now)
    return effective_config(shown or load_archived(service, state.device, deployment_id), state.device.slot)


def report_config(
    service: Service, state: ConfigState, deployment_id: str, report: Report, now: datetime
) -> ConfigDeployment:
    """Take what a device says of its deployment, and return the deployment as it is then.

    What cannot be so is ignored: a device that is refused waits for hours. Raises NotFound, and Unauthenticated when
    another machine became the device meanwhile.
    """
    states = fresh_states(service, state)

    def plan() -> tuple[ConfigDeployment, list[Write]]:
        current = next(states)
        before = current.live.get(deployment_id) or load_archived(service, current.device, deployment_id)
        decided = decide_config(before, report, current.device.slot, now)
        if not isinstance(decided, ConfigDeployment):
            return effective_config(before, current.device.slot), []
        return decided, _report_writes(current, Change(before, decided))

    return commit(service.table, plan)


def redelivery(state: ConfigState, now: datetime) -> list[Change]:
    """Return what becomes of a device's deployments when it starts again with nothing (contract 8.6)."""
    return changes_by(state, state.live.values(), Redeliver(), now)


def _report_writes(state: ConfigState, change: Change) -> list[Write]:
    """A failed target leaves the slot empty; any other report concerns nothing but the deployment itself."""
    slot = slot_after(state, change)
    return change.writes if slot == state.device.slot else config_writes(state, [change], slot)


def _handed_over(
    service: Service, state: ConfigState, listed: ConfigDeployment, now: datetime
) -> ConfigDeployment | None:
    """Mark a deployment, and let the device read its instances for ever, before it hears of it."""
    states = fresh_states(service, state)

    def plan() -> tuple[ConfigDeployment | None, list[Write]]:
        current = next(states)
        before = current.live.get(listed.id)
        if before is None:
            return None, []
        decided = decide_config(before, HandOver(), current.device.slot, now)
        if not isinstance(decided, ConfigDeployment):
            return before, []
        return decided, [*Change(before, decided).writes, *_instance_marks(decided)]

    return listed if listed.handed_over is not None else commit(service.table, plan)


def _instance_marks(deployment: ConfigDeployment) -> list[Write]:
    workspace, device_id = deployment.workspace, deployment.device_id
    return [
        Put(keys.handed_instance(workspace, device_id, each), {"instance": each}) for each in deployment.instance_ids
    ]
