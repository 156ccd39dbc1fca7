"""What users do with deployments of configuration (miru contract 5.1, 6, 7.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sluiceway.domain.choices import PlannedChoice
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
from sluiceway.domain.config_release import ConfigRelease
from sluiceway.domain.errors import InvalidReference, NoSuchRecord, NotTransferable, Outdone, WrongState
from sluiceway.domain.event import EVENT_ID_PREFIX, Event, validation_request
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.config_deployment_items import read_config_deployment, unchanged_config_deployment
from sluiceway.storage.config_release_items import unchanged_config_release
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Write
from sluiceway.usecases.config_releases import get_config_release
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


@dataclass(frozen=True, slots=True)
class Draft:
    """A config deployment that is to be made; its instances are one for each schema of the release."""

    device_id: str
    release: ConfigRelease
    """When it has custom validation, the workspace's own validation has to pass the deployment first."""
    instance_ids: tuple[str, ...]
    target: Target
    approved: bool = True
    description: str = ""
    parent_id: str = ""
    takes_over: bool = False
    """Whether some of the instances are the parent's."""
    planned: PlannedChoice | None = None
    """Under this plan; None for a call of the dialect."""


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

    Raises InvalidReference for a device that does not exist, NotTransferable, ReleaseIsCurrent, ReleaseNotCurrent,
    IdempotencyMismatch, and Outdone under a plan.
    """
    made = _made(service, workspace, draft, now)
    request = _validation_request(service, made)
    releases = _fresh_releases(service, draft.release)
    placed = commit_once(
        service,
        once,
        now,
        lambda: _placement(service, replace(draft, release=next(releases)), made, request, now),
        lambda earlier: get_config_deployment(service, workspace, earlier),
    )
    if placed.id == made.id and placed.activity is Activity.VALIDATING:
        service.deliveries.start(request)
    return placed


def _fresh_releases(service: Service, release: ConfigRelease) -> Iterator[ConfigRelease]:
    """Give the release that was read already, then, after each lost race, the release as it is now."""
    yield release
    while True:
        yield get_config_release(service, release.workspace, release.id)


def _placement(
    service: Service, draft: Draft, made: ConfigDeployment, request: Event, now: datetime
) -> tuple[ConfigDeployment, list[Write]]:
    """Plan to place a deployment, as long as its release and what it takes over from are as they were read."""
    state = state_of_device(service, made.workspace, made.device_id)
    slot = state.device.slot
    if draft.planned and draft.planned.gives_way_to(slot.choice, slot.release):
        raise Outdone(f"device {made.device_id} was given something newer")
    refuse_creation(slot, made.target, made.device_id, made.release_id)
    sources = _sources(state, draft)
    if draft.release.custom_validation:
        after = replace(made, seen=slot.given, verdict_due=_verdict_due(service, made.workspace, now))
    else:
        after = begin(made, slot, now)
    change = Change(None, after)
    changes = [change, *consequences(state, change, now)]
    changed = {each.after.id for each in changes}
    return after, [
        *config_writes(state, changes, slot_after(state, change)),
        *([store_event(request, now)] if draft.release.custom_validation else []),
        unchanged_config_release(draft.release),
        *(unchanged_config_deployment(each) for each in sources if each.id not in changed),
    ]


def _sources(state: ConfigState, draft: Draft) -> list[ConfigDeployment]:
    """Return what instances are taken over from, nothing when they are not. Raises NotTransferable."""
    if not draft.takes_over:
        return []
    parent = state.live.get(draft.parent_id)
    if parent is None or parent.target is Target.ARCHIVED:
        raise NotTransferable(draft.parent_id)
    return [parent]


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
        release_id=draft.release.id,
        instance_ids=draft.instance_ids,
        target=draft.target,
        activity=Activity.VALIDATING,
        created=now,
        updated=now,
        approved=draft.approved,
        description=draft.description,
        parent_id=draft.parent_id,
        planned=draft.planned.place if draft.planned else "",
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
