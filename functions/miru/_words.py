"""The words of each version for where a deployment stands (contract 1.3, 1.4): one record, rendered three ways.

Every word that a version can say is in its table, so that lists filter by the inverse of what they show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from miru._versions import Version
from sluiceway.domain.config_deployment import Activity, ConfigDeployment, Target, Trouble


class TargetWord(StrEnum):
    """What a version may say of the target."""

    PENDING = "pending"
    APPROVED = "approved"
    STAGED = "staged"
    DEPLOYED = "deployed"
    ARCHIVED = "archived"


class ActivityWord(StrEnum):
    """What a version may say of the activity."""

    VALIDATING = "validating"
    PENDING = "pending"
    APPROVED = "approved"
    NEEDS_REVIEW = "needs_review"
    DRIFTED = "drifted"
    STAGED = "staged"
    QUEUED = "queued"
    DEPLOYED = "deployed"
    REMOVING = "removing"
    ARCHIVED = "archived"


_ON_DEVICE = {
    Activity.QUEUED: ActivityWord.QUEUED,
    Activity.DEPLOYED: ActivityWord.DEPLOYED,
    Activity.REMOVING: ActivityWord.REMOVING,
    Activity.ARCHIVED: ActivityWord.ARCHIVED,
}
_ZION = _ON_DEVICE | {
    Activity.VALIDATING: ActivityWord.VALIDATING,
    Activity.STAGED: ActivityWord.STAGED,
    Activity.DRIFTED: ActivityWord.NEEDS_REVIEW,
}
_TETONS = _ON_DEVICE | {
    Activity.VALIDATING: ActivityWord.STAGED,
    Activity.STAGED: ActivityWord.STAGED,
    Activity.DRIFTED: ActivityWord.DRIFTED,
    Activity.REMOVING: ActivityWord.DEPLOYED,
}
_APPROVALS = _ON_DEVICE | {
    Activity.VALIDATING: ActivityWord.VALIDATING,
    Activity.STAGED: ActivityWord.APPROVED,
    Activity.DRIFTED: ActivityWord.PENDING,
}


@dataclass(frozen=True, slots=True)
class Words:
    """What a version says of one deployment."""

    target: TargetWord
    activity: ActivityWord
    error: Trouble

    @property
    def status(self) -> str:
        """The trouble, if there is any, else the activity."""
        return str(self.activity if self.error is Trouble.NONE else self.error)


TARGET_WORDS: Mapping[Version, frozenset[TargetWord]] = {
    Version.APPROVALS: frozenset(TargetWord) - {TargetWord.STAGED},
    Version.ZION: frozenset({TargetWord.STAGED, TargetWord.DEPLOYED, TargetWord.ARCHIVED}),
    Version.TETONS: frozenset({TargetWord.STAGED, TargetWord.DEPLOYED, TargetWord.ARCHIVED}),
}
ACTIVITY_WORDS: Mapping[Version, frozenset[ActivityWord]] = {
    Version.APPROVALS: frozenset({*_APPROVALS.values(), ActivityWord.PENDING}),
    Version.ZION: frozenset(_ZION.values()),
    Version.TETONS: frozenset(_TETONS.values()),
}
"""All that a version knows: callers never receive another word, and filter by no other."""


def words_for(version: Version, deployment: ConfigDeployment) -> Words:
    """Say, in the words of a version, where a deployment stands that is as it is to be seen, drift included."""
    return Words(_target(version, deployment), _activity(version, deployment), deployment.error)


def words_for_device(deployment: ConfigDeployment) -> Words:
    """Say where a deployment stands in the words that its device knows: nothing is folded but validation (8.7)."""
    activity = deployment.activity
    if activity is Activity.VALIDATING:
        activity = Activity.QUEUED if deployment.target is Target.DEPLOYED else Activity.STAGED
    return Words(TargetWord(str(deployment.target)), ActivityWord(str(activity)), deployment.error)


def _target(version: Version, deployment: ConfigDeployment) -> TargetWord:
    if deployment.target is Target.STAGED and version is Version.APPROVALS:
        return TargetWord.APPROVED if deployment.approved else TargetWord.PENDING
    return TargetWord(str(deployment.target))


def _activity(version: Version, deployment: ConfigDeployment) -> ActivityWord:
    match version:
        case Version.APPROVALS if deployment.activity is Activity.STAGED and not deployment.approved:
            return ActivityWord.PENDING
        case Version.APPROVALS:
            return _APPROVALS[deployment.activity]
        case Version.ZION:
            return _ZION[deployment.activity]
        case Version.TETONS if deployment.activity is Activity.VALIDATING and deployment.target is Target.DEPLOYED:
            return ActivityWord.QUEUED
        case Version.TETONS:
            return _TETONS[deployment.activity]
