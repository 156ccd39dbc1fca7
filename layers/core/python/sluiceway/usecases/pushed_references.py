"""What is wrong with the things that a pushed deployment is to be made of, told by the members that name them.

They are checked by the use cases of the slot's own dialect, which say so in that dialect's words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeAlias, TypeVar

from sluiceway.domain.errors import (
    InstancesMismatch,
    InvalidField,
    InvalidMembers,
    InvalidReference,
    MissingReferences,
    Offender,
    Refused,
    UnfitReferences,
)
from sluiceway.usecases.assign_workflows import DEVICE, VERSION, WORKFLOW

CheckedT = TypeVar("CheckedT")
Fault: TypeAlias = tuple[str, str]
"""The name of a member, and what is wrong with it."""
_DEVICES, _FLOW, _VERSION, _INSTANCES = "target.devices", "flow_id", "version", "instance_ids"
_MEMBERS = {DEVICE: _DEVICES, WORKFLOW: _FLOW, VERSION: _VERSION, "config_instance_ids": _INSTANCES}
_KINDS = {_DEVICES: "device", _FLOW: "workflow", _INSTANCES: "config instance", "release_id": "config release"}
_MOST_TOLD = 10
"""Of the things that are wrong in a list; another attempt tells the others."""


def naming_members(check: Callable[[], CheckedT]) -> CheckedT:
    """Return what a check returns; what it refuses is the fault of a member. Raises InvalidMembers."""
    try:
        return check()
    except (MissingReferences, UnfitReferences, InvalidReference, InvalidField, InstancesMismatch) as refusal:
        raise InvalidMembers(islice(_faults(refusal), _MOST_TOLD)) from refusal


def refuse_config_devices(unknown: Iterable[str]) -> None:
    """Raise InvalidMembers for devices without a config slot, if there are any."""
    faults = [_nothing(_DEVICES, each) for each in islice(unknown, _MOST_TOLD)]
    if faults:
        raise InvalidMembers(faults)


def _faults(refusal: Refused) -> Iterator[Fault]:
    match refusal:
        case MissingReferences(subject=subject, offenders=offenders):
            yield from (_missing(_MEMBERS[subject], each) for each in offenders)
        case UnfitReferences(subject=subject, offenders=offenders):
            yield from ((_MEMBERS[subject], _unfit(subject, each)) for each in offenders)
        case InvalidReference(field=field, identifier=identifier):
            yield _nothing(_MEMBERS.get(field, field), identifier)
        case InvalidField(field=field, problem=problem):
            yield _MEMBERS.get(field, field), problem
        case InstancesMismatch():
            yield from ((_INSTANCES, problem) for problem in _mismatches(refusal))


def _missing(member: str, each: Offender) -> Fault:
    if member == _VERSION:
        return member, f"the workflow {each.id} has no version {each.name}: name one that it has, or null for none"
    return _nothing(member, each.id)


def _nothing(member: str, identifier: str) -> Fault:
    wanted = "has this slot" if member == _DEVICES else "exists"
    return member, f"there is no {_KINDS[member]} {identifier} in the workspace: name one that {wanted}"


def _unfit(subject: str, each: Offender) -> str:
    needed = "of class edgeCompute" if subject == DEVICE else "of class edge"
    return f"{subject} {each.id} {each.problem}: name one {needed}"


def _mismatches(refusal: InstancesMismatch) -> Iterator[str]:
    """Say what to do about each schema of which there is not exactly one instance."""
    yield from (f"add an instance of the config schema {each}, of which there is none" for each in refusal.missing)
    yield from (f"keep one instance of the config schema {each}, of which there are more" for each in refusal.duplicate)
    yield from (f"leave out the instance of {each}, which is no schema of the release" for each in refusal.unexpected)
