"""One deployment of configuration to one device, and the one state machine that changes it (miru contract 6).

    validating ─→ staged ⇄ drifted ─(deploy)→ queued → deployed ─(superseded)→ removing → archived
         └→ archived    └→ archived              └→ archived: superseded before the device had seen it

`target` is what is wanted, `activity` where it stands as far as the device said, `error` what goes wrong meanwhile.
Drift is never stored: whether a staged deployment drifted follows from how many the device's slot was given since.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from sluiceway.domain.choices import Choice
from sluiceway.domain.device_deployment import IGNORED, Ignored
from sluiceway.domain.errors import ReleaseIsCurrent, ReleaseNotCurrent


class Target(StrEnum):
    """What is wanted. It moves forward only."""

    STAGED = "staged"
    DEPLOYED = "deployed"
    ARCHIVED = "archived"


class Activity(StrEnum):
    """Where it stands; from QUEUED on, what the device last said, in the order in which it can say it."""

    VALIDATING = "validating"
    STAGED = "staged"
    DRIFTED = "drifted"
    QUEUED = "queued"
    DEPLOYED = "deployed"
    REMOVING = "removing"
    ARCHIVED = "archived"


class Trouble(StrEnum):
    """What goes wrong on the way; FAILED is final."""

    NONE = "none"
    RETRYING = "retrying"
    FAILED = "failed"


class Obstacle(StrEnum):
    """Why a user's wish is refused."""

    VALIDATING = "validating"
    DRIFTED = "drifted"
    NOT_APPROVED = "not approved"
    NOT_STAGED = "not staged"
    NOT_DRIFTED = "not drifted"
    NOT_DEPLOYABLE = "not deployable"
    NOT_ARCHIVABLE = "not archivable"


NO_VERDICT = "No verdict came within the time that the workspace allows its validation."
_AS_THE_DEVICE_SAYS = (Activity.QUEUED, Activity.DEPLOYED, Activity.REMOVING, Activity.ARCHIVED)
_ARRIVING = frozenset({Activity.QUEUED, Activity.DEPLOYED})
_ON_THE_WAY = _ARRIVING | {Activity.REMOVING}
_BEFORE_DELIVERY = frozenset({Activity.VALIDATING, Activity.STAGED, Activity.DRIFTED})


@dataclass(frozen=True, slots=True)
class ConfigSlot:
    """What a device's configuration is meant to be: one deployment at most is its target (contract 6.5)."""

    target: str = ""
    """Id of that deployment, empty for none."""
    release: str = ""
    """The target's release: the device's current release."""
    given: int = 0
    """How many deployments became its target so far."""
    choice: Choice | None = None
    """What gave it the last one, also when that is its target no more; None when nothing ever did."""
    rev: int = 0
    """Raised with every decision that depends on what else the device was given."""

    def holding(self, deployment: ConfigDeployment) -> ConfigSlot:
        """Return the slot with this deployment as its target."""
        choice = Choice(deployment.queued, deployment.planned) if deployment.queued else self.choice
        return replace(self, target=deployment.id, release=deployment.release_id, given=self.given + 1, choice=choice)

    def without(self, deployment: ConfigDeployment) -> ConfigSlot:
        """Return the slot as it is when this deployment is no target any more (contract 6.5)."""
        return replace(self, target="", release="") if self.target == deployment.id else self


@dataclass(frozen=True, slots=True)
class Problem:
    """What a validation says of one value: the names and indexes that lead to it from the root."""

    message: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a validation says of one instance."""

    instance_id: str
    message: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class ConfigDeployment:
    """What is stored of it; `instance_ids` has exactly one instance for each schema of the release."""

    workspace: str
    id: str
    device_id: str
    release_id: str
    instance_ids: tuple[str, ...]
    target: Target
    activity: Activity
    created: datetime
    updated: datetime
    error: Trouble = Trouble.NONE
    approved: bool = True
    description: str = ""
    message: str = ""
    """What its validation said of it, and `findings` what of its instances."""
    findings: tuple[Finding, ...] = ()
    parent_id: str = ""
    planned: str = ""
    """Place of the planned choice that made it, empty when a call of the dialect did."""
    verdict_due: datetime | None = None
    """When its validation counts as void for want of a verdict; None: never, or it is not validated."""
    seen: int = 0
    """How many deployments the slot had been given when this one was made or last staged; once given, its own number.
    """
    queued: datetime | None = None
    handed_over: datetime | None = None
    """When it was first in a list that was answered to the device: from then on the device may have it."""
    deployed: datetime | None = None
    archived: datetime | None = None
    rev: int = 0

    @property
    def is_live(self) -> bool:
        """Whether anything can still become of it."""
        return self.activity is not Activity.ARCHIVED or self.target is not Target.ARCHIVED


@dataclass(frozen=True, slots=True)
class Judge:
    """The workspace's own validation gave its verdict."""

    is_valid: bool
    message: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Lapse:
    """Nobody gave a verdict in time."""


@dataclass(frozen=True, slots=True)
class Approve:
    """A user lets a staged deployment be deployed."""


@dataclass(frozen=True, slots=True)
class Restage:
    """A user looked at the drift and stages the deployment again."""


@dataclass(frozen=True, slots=True)
class Deploy:
    """A user wants it on the device; `approves` when that is an approval as well."""

    approves: bool


@dataclass(frozen=True, slots=True)
class Archive:
    """A user drops it before delivery; `spares_validating` when one that is being validated must be waited for."""

    spares_validating: bool


@dataclass(frozen=True, slots=True)
class Replace:
    """Another deployment takes its place before it was delivered (contract 6.3)."""


@dataclass(frozen=True, slots=True)
class Supersede:
    """Another deployment becomes the target of the device (contract 6.5)."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """A list with this deployment is about to be answered to the device."""


@dataclass(frozen=True, slots=True)
class Report:
    """The device says where it stands; the times are its own clock's."""

    activity: Activity
    error: Trouble
    deployed: datetime | None = None
    archived: datetime | None = None


@dataclass(frozen=True, slots=True)
class Redeliver:
    """The device was activated anew and holds nothing (contract 8.6)."""


@dataclass(frozen=True, slots=True)
class Abandon:
    """The device was deleted."""


Command: TypeAlias = (
    Judge | Lapse | Approve | Restage | Deploy | Archive | Replace | Supersede | HandOver | Report | Redeliver | Abandon
)
Decision: TypeAlias = ConfigDeployment | Ignored | Obstacle


def refuse_creation(slot: ConfigSlot, target: Target, device_id: str, release_id: str) -> None:
    """Raise ReleaseIsCurrent for staging what the device has, ReleaseNotCurrent for patching what it has not."""
    is_current = slot.release == release_id
    if target is Target.STAGED and is_current:
        raise ReleaseIsCurrent(device_id, release_id)
    if target is Target.DEPLOYED and not is_current:
        raise ReleaseNotCurrent(device_id, release_id)


def begin(deployment: ConfigDeployment, slot: ConfigSlot, now: datetime) -> ConfigDeployment:
    """Return a deployment that nothing has to be said about any more on the way to its target."""
    return _staged(deployment, slot) if deployment.target is Target.STAGED else _queued(deployment, slot, now)


def effective_config(deployment: ConfigDeployment, slot: ConfigSlot) -> ConfigDeployment:
    """Return the deployment as every reader must see it: drifted, and with that no longer approved (contract 6.6)."""
    has_drifted = deployment.activity is Activity.STAGED and deployment.seen < slot.given
    return replace(deployment, activity=Activity.DRIFTED, approved=False) if has_drifted else deployment


def drifts(deployment: ConfigDeployment, others: Iterable[ConfigDeployment]) -> list[ConfigDeployment]:
    """Return what its device was given since a deployment was staged, newest first (contract 6.6)."""
    later = [each for each in others if each.queued is not None and each.seen > deployment.seen]
    return sorted(later, key=lambda each: each.seen, reverse=True)


def decide_config(deployment: ConfigDeployment, command: Command, slot: ConfigSlot, now: datetime) -> Decision:
    """Say what a command makes of a deployment, whose device has this slot. Every state answers every command."""
    decision = _decide(effective_config(deployment, slot), command, slot, now)
    return replace(decision, updated=now) if isinstance(decision, ConfigDeployment) else decision


def _decide(  # noqa: C901, PLR0911 - a table of one line for each command
    deployment: ConfigDeployment, command: Command, slot: ConfigSlot, now: datetime
) -> Decision:
    match command:
        case Judge():
            return _judge(deployment, command, slot, now)
        case Lapse():
            return _lapse(deployment, now)
        case Approve():
            return _approve(deployment)
        case Restage():
            return _restage(deployment, slot)
        case Deploy():
            return _deploy(deployment, command, slot, now)
        case Archive():
            return _archive(deployment, command, now)
        case Replace():
            return _archived(deployment, now) if deployment.activity in _BEFORE_DELIVERY else IGNORED
        case Supersede():
            return _supersede(deployment, now)
        case HandOver():
            return _hand_over(deployment, now)
        case Report():
            return _report(deployment, command, now)
        case Redeliver():
            return _redeliver(deployment, now)
        case Abandon():
            return _archived(deployment, now) if deployment.is_live else IGNORED


def _judge(deployment: ConfigDeployment, verdict: Judge, slot: ConfigSlot, now: datetime) -> Decision:
    if deployment.activity is not Activity.VALIDATING:
        return IGNORED
    if _has_lapsed(deployment, now):
        return _lapse(deployment, now)
    judged = replace(deployment, message=verdict.message, findings=verdict.findings)
    if not verdict.is_valid:
        return _archived(judged, now, error=Trouble.FAILED)
    if judged.planned and judged.seen < slot.given:
        return _archived(judged, now)
    try:
        refuse_creation(slot, judged.target, judged.device_id, judged.release_id)
    except (ReleaseIsCurrent, ReleaseNotCurrent):
        return _archived(judged, now)
    return begin(judged, slot, now)


def _lapse(deployment: ConfigDeployment, now: datetime) -> Decision:
    if not _has_lapsed(deployment, now):
        return IGNORED
    return _archived(replace(deployment, message=NO_VERDICT), now)


def _has_lapsed(deployment: ConfigDeployment, now: datetime) -> bool:
    is_validating = deployment.activity is Activity.VALIDATING
    return is_validating and deployment.verdict_due is not None and deployment.verdict_due <= now


def _approve(deployment: ConfigDeployment) -> Decision:
    if deployment.activity is Activity.STAGED:
        return IGNORED if deployment.approved else replace(deployment, approved=True)
    return _obstacle(deployment, Obstacle.NOT_STAGED)


def _restage(deployment: ConfigDeployment, slot: ConfigSlot) -> Decision:
    if deployment.activity is Activity.DRIFTED:
        return replace(_staged(deployment, slot), approved=True)
    return _obstacle(deployment, Obstacle.NOT_DRIFTED)


def _deploy(deployment: ConfigDeployment, command: Deploy, slot: ConfigSlot, now: datetime) -> Decision:
    if deployment.activity is Activity.STAGED:
        may = deployment.approved or command.approves
        return _queued(replace(deployment, approved=True), slot, now) if may else Obstacle.NOT_APPROVED
    if deployment.target is Target.DEPLOYED and deployment.activity in _ARRIVING:
        return IGNORED
    return _obstacle(deployment, Obstacle.NOT_DEPLOYABLE)


def _archive(deployment: ConfigDeployment, command: Archive, now: datetime) -> Decision:
    if not deployment.is_live:
        return IGNORED
    if deployment.activity is Activity.VALIDATING and command.spares_validating:
        return Obstacle.VALIDATING
    return _archived(deployment, now) if deployment.activity in _BEFORE_DELIVERY else Obstacle.NOT_ARCHIVABLE


def _obstacle(deployment: ConfigDeployment, otherwise: Obstacle) -> Obstacle:
    """Name what is in the way of a wish that only a staged deployment grants."""
    match deployment.activity:
        case Activity.VALIDATING:
            return Obstacle.VALIDATING
        case Activity.DRIFTED:
            return Obstacle.DRIFTED
        case _:
            return otherwise


def _supersede(deployment: ConfigDeployment, now: datetime) -> Decision:
    """Leave its activity to the device, which can only remove what it is still shown (contract 6.5)."""
    if deployment.target is not Target.DEPLOYED or deployment.activity is Activity.VALIDATING:
        return IGNORED
    if _is_unseen(deployment) or deployment.activity is Activity.ARCHIVED:
        return _archived(deployment, now)
    return replace(deployment, target=Target.ARCHIVED)


def _hand_over(deployment: ConfigDeployment, now: datetime) -> Decision:
    """Mark it once, also when the device spoke of it before it was told, as one does that was activated anew."""
    is_new = deployment.handed_over is None and deployment.activity in _ON_THE_WAY
    return replace(deployment, handed_over=now) if is_new else IGNORED


def _report(deployment: ConfigDeployment, report: Report, now: datetime) -> Decision:
    if deployment.activity not in _ON_THE_WAY:
        return IGNORED
    if report.error is Trouble.FAILED:
        return _archived(deployment, now, error=Trouble.FAILED)
    moved = _moved(deployment, report, now)
    error = _error_after(moved, report)
    return (
        IGNORED if (moved.activity, error) == (deployment.activity, deployment.error) else replace(moved, error=error)
    )


def _moved(deployment: ConfigDeployment, report: Report, now: datetime) -> ConfigDeployment:
    if not _is_progress(deployment, report.activity):
        return deployment
    moved = replace(deployment, activity=report.activity)
    if report.activity is Activity.DEPLOYED:
        return replace(moved, deployed=_plausible(deployment, report.deployed, now))
    if report.activity is Activity.ARCHIVED:
        return replace(moved, archived=_plausible(deployment, report.archived, now))
    return moved


def _is_progress(deployment: ConfigDeployment, activity: Activity) -> bool:
    """Tell whether a device can have come this far: never backwards, and it removes only what is to be removed."""
    if activity not in _AS_THE_DEVICE_SAYS:
        return False
    if activity is Activity.REMOVING and deployment.target is not Target.ARCHIVED:
        return False
    return _AS_THE_DEVICE_SAYS.index(activity) > _AS_THE_DEVICE_SAYS.index(deployment.activity)


def _error_after(moved: ConfigDeployment, report: Report) -> Trouble:
    """Trouble ends when the target is reached, and not before (contract 6.2, row 20)."""
    if report.error is Trouble.RETRYING:
        return Trouble.RETRYING
    is_there = moved.activity is Activity.ARCHIVED or str(moved.activity) == str(moved.target)
    return Trouble.NONE if is_there else moved.error


def _plausible(deployment: ConfigDeployment, said: datetime | None, now: datetime) -> datetime:
    """Return the device's own time if it lies between the delivery and now."""
    earliest = deployment.handed_over or deployment.queued or deployment.created
    return said if said is not None and earliest <= said <= now else now


def _redeliver(deployment: ConfigDeployment, now: datetime) -> Decision:
    """Change also what nobody has seen yet, so that what the former machine says of it meanwhile finds it changed."""
    if deployment.activity in _BEFORE_DELIVERY or not deployment.is_live:
        return IGNORED
    return _archived(deployment, now) if deployment.target is Target.ARCHIVED else _unseen(deployment)


def _is_unseen(deployment: ConfigDeployment) -> bool:
    is_waiting = deployment.target is Target.DEPLOYED and deployment.activity is Activity.QUEUED
    return is_waiting and deployment.handed_over is None


def _unseen(deployment: ConfigDeployment) -> ConfigDeployment:
    return replace(
        deployment, activity=Activity.QUEUED, error=Trouble.NONE, handed_over=None, deployed=None, archived=None
    )


def _staged(deployment: ConfigDeployment, slot: ConfigSlot) -> ConfigDeployment:
    return replace(deployment, activity=Activity.STAGED, seen=slot.given)


def _queued(deployment: ConfigDeployment, slot: ConfigSlot, now: datetime) -> ConfigDeployment:
    return replace(deployment, target=Target.DEPLOYED, activity=Activity.QUEUED, seen=slot.given + 1, queued=now)


def _archived(deployment: ConfigDeployment, now: datetime, *, error: Trouble | None = None) -> ConfigDeployment:
    return replace(
        deployment,
        target=Target.ARCHIVED,
        activity=Activity.ARCHIVED,
        error=error or deployment.error,
        archived=deployment.archived or now,
    )
