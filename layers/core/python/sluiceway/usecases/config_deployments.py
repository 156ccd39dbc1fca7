"""What users do with deployments of configuration (miru contract 5.1, 6, 7.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sluiceway.domain.config_deployment import (
    Activity,
    Command,
    ConfigDeployment,
    Deploy,
    Judge,
    Lapse,
    Obstacle,
    Target,
    Trouble,
    begin,
    decide_config,
    drifts,
    effective_config,
    refuse_creation,
)
from sluiceway.domain.errors import InvalidReference, NoSuchRecord, WrongState
from sluiceway.domain.event import Event, validation_request
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.config_deployment_items import read_config_deployment
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Write
from sluiceway.usecases.config_state import (
    Change,
    ConfigState,
    config_writes,
    consequences,
    find_config_state,
    load_archived,
    slot_after,
)
from sluiceway.usecases.idempotency import Once, commit_once
from sluiceway.usecases.outbox import store_event
from sluiceway.usecases.service import Service
from sluiceway.usecases.workspace_settings import load_workspace_settings

ID_PREFIX = "dpl_"
EVENT_ID_PREFIX = "msg_"


@dataclass(frozen=True, slots=True)
class Draft:
    """A config deployment that is to be made; its instances are one for each schema of the release."""

    device_id: str
    release_id: str
    instance_ids: tuple[str, ...]
    target: Target
    approved: bool = True
    validated: bool = False
    """Whether the workspace's own validation has to pass it first."""
    description: str = ""
    parent_id: str = ""


class Effect(StrEnum):
    """What a verdict did (contract 7.2)."""

    STAGE = "stage"
    DEPLOY = "deploy"
    REJECT = "reject"
    VOID = "void"
    NONE = "none"


def place_config_deployment(
    service: Service, workspace: str, draft: Draft, now: datetime, *, once: Once | None = None
) -> ConfigDeployment:
    """Stage a deployment, or put it in place at once, or have it validated before.

    Raises InvalidReference for a device that does not exist, ReleaseIsCurrent, ReleaseNotCurrent and
    IdempotencyMismatch.
    """
    made = _made(service, workspace, draft, now)
    request = _validation_request(service, made) if draft.validated else None
    told = [] if request is None else [store_event(request, now)]
    placed = commit_once(
        service,
        once,
        now,
        lambda: _placement(service, made, now, told),
        lambda earlier: get_config_deployment(service, workspace, earlier),
    )
    if request is not None and placed.id == made.id:
        service.deliveries.start(request)
    return placed


def _placement(
    service: Service, made: ConfigDeployment, now: datetime, told: Sequence[Write]
) -> tuple[ConfigDeployment, list[Write]]:
    """Plan to place a deployment; it waits for a verdict when somebody is told that there has to be one."""
    state = state_of_device(service, made.workspace, made.device_id)
    refuse_creation(state.device.slot, made.target, made.device_id, made.release_id)
    after = made if told else begin(made, state.device.slot, now)
    return after, [*_placed(state, Change(None, after), now), *told]


def state_of_device(service: Service, workspace: str, device_id: str) -> ConfigState:
    """Read what a new deployment of a device stands on. Raises InvalidReference when there is no such device."""
    state = find_config_state(service, workspace, device_id)
    if state is None or state.device.is_deleted:
        raise InvalidReference("device_id", device_id)
    return state


def refuse_parent(service: Service, state: ConfigState, parent_id: str, *, field: str) -> None:
    """Raise InvalidReference, naming the field, unless a parent, if there is one, is a deployment of the device."""
    if not parent_id or parent_id in state.live:
        return
    if _device_of(service, state.device.workspace, parent_id) != state.device.id:
        raise InvalidReference(field, parent_id)


def change_config_deployment(
    service: Service, workspace: str, deployment_id: str, command: Command, now: datetime
) -> ConfigDeployment:
    """Do as a user wants, and return the deployment as it is then. Raises NotFound and WrongState."""
    return _changed(service, workspace, deployment_id, command, now).after


def judge_config_deployment(
    service: Service, workspace: str, deployment_id: str, verdict: Judge, now: datetime
) -> tuple[Effect, ConfigDeployment]:
    """Take the verdict of the workspace's own validation; a second one has no effect. Raises NotFound."""
    change = _changed(service, workspace, deployment_id, verdict, now)
    return _effect(change), change.after


def end_validation(service: Service, workspace: str, deployment_id: str, now: datetime) -> None:
    """Archive a deployment that nobody gave a verdict on in time; any other stays as it is. Raises NotFound."""
    _changed(service, workspace, deployment_id, Lapse(), now)


def get_config_deployment(service: Service, workspace: str, deployment_id: str) -> ConfigDeployment:
    """Return a deployment as it stands. Raises NotFound."""
    state, deployment = _load(service, workspace, deployment_id)
    return effective_config(deployment, state.device.slot)


def drifts_of(service: Service, workspace: str, deployment_id: str) -> list[ConfigDeployment]:
    """Return what its device was given since it was staged, newest first, if it drifted. Raises NotFound."""
    state, deployment = _load(service, workspace, deployment_id)
    slot = state.device.slot
    if effective_config(deployment, slot).activity is not Activity.DRIFTED:
        return []
    over = read_all(service.table, keys.archived_config_deployments(workspace, state.device.id))
    archived = [read_config_deployment(workspace, record.item) for record in over]
    return [effective_config(each, slot) for each in drifts(deployment, [*state.live.values(), *archived])]


def _changed(service: Service, workspace: str, deployment_id: str, command: Command, now: datetime) -> Change:
    def plan() -> tuple[Change, list[Write]]:
        state, before = _load(service, workspace, deployment_id)
        decided = decide_config(before, command, state.device.slot, now)
        if isinstance(decided, Obstacle):
            raise WrongState(deployment_id, decided)
        shown = effective_config(before, state.device.slot)
        if not isinstance(decided, ConfigDeployment):
            return Change(shown, shown), []
        return Change(shown, decided), _writes(state, Change(before, decided), command, now)

    return commit(service.table, plan)


def _writes(state: ConfigState, change: Change, command: Command, now: datetime) -> list[Write]:
    """What gives the device something else depends on all that the device has; the rest on the one deployment."""
    if isinstance(command, Deploy | Judge):
        return _placed(state, change, now)
    return change.writes


def _placed(state: ConfigState, change: Change, now: datetime) -> list[Write]:
    return config_writes(state, [change, *consequences(state, change, now)], slot_after(state, change))


def _verdict_due(service: Service, workspace: str, now: datetime) -> datetime | None:
    timeout = load_workspace_settings(service, workspace).validation_timeout
    return None if timeout is None else now + timeout


def _validation_request(service: Service, made: ConfigDeployment) -> Event:
    event_id = f"{EVENT_ID_PREFIX}{_new_hex(service)}"
    return validation_request(made, event_id, keys.order_of(made.created, event_id))


def _new_hex(service: Service) -> str:
    return service.new_id().replace("-", "")


def _made(service: Service, workspace: str, draft: Draft, now: datetime) -> ConfigDeployment:
    return ConfigDeployment(
        workspace=workspace,
        id=f"{ID_PREFIX}{_new_hex(service)}",
        device_id=draft.device_id,
        release_id=draft.release_id,
        instance_ids=draft.instance_ids,
        target=draft.target,
        activity=Activity.VALIDATING,
        created=now,
        updated=now,
        approved=draft.approved,
        description=draft.description,
        parent_id=draft.parent_id,
        verdict_due=_verdict_due(service, workspace, now) if draft.validated else None,
    )


def _load(service: Service, workspace: str, deployment_id: str) -> tuple[ConfigState, ConfigDeployment]:
    device_id = _device_of(service, workspace, deployment_id)
    state = None if device_id is None else find_config_state(service, workspace, device_id)
    if state is None:
        raise NoSuchRecord("deployment", deployment_id)
    return state, state.live.get(deployment_id) or load_archived(service, state.device, deployment_id)


def _device_of(service: Service, workspace: str, deployment_id: str) -> str | None:
    if not is_possible_id(deployment_id):
        return None
    found = service.table.get(keys.config_deployment_pointer(workspace, deployment_id))
    return None if found is None else str(found["device"])


def _effect(change: Change) -> Effect:
    if change.before is None or change.before.activity is not Activity.VALIDATING:
        return Effect.NONE
    if change.after.target is Target.ARCHIVED:
        return Effect.REJECT if change.after.error is Trouble.FAILED else Effect.VOID
    return Effect.STAGE if change.after.target is Target.STAGED else Effect.DEPLOY
