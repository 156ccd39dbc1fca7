"""The slots of a device: what a deployment replaces, and what it brings there (design section 1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

_SEPARATOR = "/"


class SlotKind(StrEnum):
    """Which part of a device a deployment replaces."""

    SOFTWARE = "software"
    """Devices ask for it (mender contract)."""
    CONFIG = "config"
    """Devices are given a deployment of their own as their phase opens (miru contract)."""
    WORKFLOW = "workflow"
    """Devices are assigned a version as their phase opens (losant contract)."""


@dataclass(frozen=True, slots=True)
class ConfigContent:
    """A release of configuration, with one instance for each of its schemas."""

    release_id: str
    instance_ids: tuple[str, ...]

    def __str__(self) -> str:
        """Return what tells a slot that holds it from others."""
        return self.release_id

    @property
    def slot(self) -> SlotKind:
        """Where it goes."""
        return SlotKind.CONFIG


@dataclass(frozen=True, slots=True)
class AssignedVersion:
    """A version of a workflow, None for nothing of it."""

    workflow_id: str
    version: str | None

    @property
    def slot(self) -> SlotKind:
        """Where it goes."""
        return SlotKind.WORKFLOW

    def __str__(self) -> str:
        """Return it as a row keeps what its device had before: never empty, also for nothing."""
        return f"{self.workflow_id}{_SEPARATOR}{self.version or ''}"


def read_assigned_version(text: str) -> AssignedVersion:
    """Return what a row has kept."""
    workflow_id, _, version = text.partition(_SEPARATOR)
    return AssignedVersion(workflow_id, version or None)


SlotContent: TypeAlias = ConfigContent | AssignedVersion


def is_same_slot(one: SlotContent | None, other: SlotContent | None) -> bool:
    """Tell whether two contents replace each other on a device; None is software."""
    if isinstance(one, AssignedVersion) and isinstance(other, AssignedVersion):
        return one.workflow_id == other.workflow_id
    return type(one) is type(other)
