"""A device's slot for one workflow, and the one state machine that changes it (losant contract 3, 4).

What the dialect calls an edge deployment is this slot; its flow is a *workflow*, its flow version a *workflow version*,
its application the workspace. `desired` is what operators want, `current` what the device last said it runs.

    (none) ─(assign v)→ desired v, current none ─(reported v)→ up to date ─(assign v2)→ desired v2, current v ─→ …
    anything ─(withdraw)→ desired none ─(reported nothing)→ both none: the slot stays, with its log
    anything ─(the workflow is deleted)→ desired none ─(reported nothing)→ gone

An empty slot that was never stored stands for a pair that nobody spoke of yet: every pair answers every command.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from sluiceway.domain.choices import Choice, PlannedChoice
from sluiceway.domain.device_deployment import IGNORED, Ignored
from sluiceway.domain.object_ids import repeatable_object_id
from sluiceway.domain.slots import AssignedVersion

MOST_LOG_ENTRIES = 100
MOST_ERROR_CHARACTERS = 1024
WHOLE_ERRORS = 10
"""Where a log is too long for its store: of so many newest entries the error stays whole, of older ones so much:"""
MOST_OLD_ERROR_CHARACTERS = 128


class Side(StrEnum):
    """Which of the two sides of a slot an entry of its log is about."""

    DESIRED = "desired"
    CURRENT = "current"


class Actor(StrEnum):
    """What kind of somebody changed a slot."""

    USER = "user"
    TOKEN = "token"  # noqa: S105 - a kind of caller
    DEVICE = "device"


class SlotStatus(StrEnum):
    """How the two sides of a slot stand to each other (contract 3)."""

    UP_TO_DATE = "up to date"
    ERROR = "error"
    PENDING = "pending"
    EMPTY = "empty"


class Source(NamedTuple):
    """Who changed a slot: a user, a token or a device, by its id."""

    actor: Actor
    id: str


class Content(NamedTuple):
    """A version of a workflow. The etag is the SHA-256 of its bundle, empty where a device did not say."""

    version: str
    etag: str = ""


class Attempt(NamedTuple):
    """What a device tried to run and could not; version and etag are empty where it did not say."""

    version: str
    etag: str
    error: str


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One change of a slot, or one failed attempt at a change: then `previous` and `new` are both what still runs."""

    date: datetime
    side: Side
    source: Source
    previous: Content | None
    new: Content | None
    rev: int
    """The revision of the slot that it is part of."""
    attempt: Attempt | None = None


Log: TypeAlias = Sequence[LogEntry]
"""The newest entries of a slot, oldest first."""


@dataclass(frozen=True, slots=True)
class WorkflowSlot:
    """What is stored of it, its log aside."""

    workspace: str
    device_id: str
    workflow_id: str
    created: datetime
    updated: datetime
    desired: Content | None = None
    current: Content | None = None
    choice: Choice | None = None
    """What last changed `desired`; None when nothing ever did."""
    is_discontinued: bool = False
    """Whether its workflow was deleted: it goes as soon as the device says that it runs nothing of it."""
    operation: int = 0
    """Number of the last operation that changed it, 0 for none."""
    rev: int = 0
    """0 while it is not stored."""

    @property
    def id(self) -> str:
        """Its id, the same whoever stores it first."""
        return repeatable_object_id(self.created, self.workspace, self.device_id, self.workflow_id)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is wanted and nothing runs."""
        return self.desired is None and self.current is None

    @property
    def is_up_to_date(self) -> bool:
        """Whether what runs is what is wanted, as far as the device said."""
        if self.desired is None or self.current is None:
            return False
        return self.current in {self.desired, Content(self.desired.version)}

    def mentions(self, version: str) -> bool:
        """Tell whether a version is wanted or runs."""
        return version in {content.version for content in (self.desired, self.current) if content}


def unstored_slot(workspace: str, device_id: str, workflow_id: str, now: datetime) -> WorkflowSlot:
    """Return the slot of a pair that has none."""
    return WorkflowSlot(workspace, device_id, workflow_id, created=now, updated=now)


@dataclass(frozen=True, slots=True)
class Assign:
    """An operator wants this version (contract 4.2)."""

    content: Content
    planned: PlannedChoice | None = None
    """Under this plan; None for an immediate call."""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """An operator wants nothing of the workflow on the device (contract 4.3)."""

    planned: PlannedChoice | None = None
    """Under this plan; None for an immediate call."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """An operator wants another version, or nothing, wherever `version` is wanted (contract 4.4, 4.5)."""

    version: str
    content: Content | None


@dataclass(frozen=True, slots=True)
class Discontinue:
    """The workflow was deleted (contract 4.5)."""


@dataclass(frozen=True, slots=True)
class Forget:
    """The device was deleted, or takes no workflows any more (contract 4.5)."""


@dataclass(frozen=True, slots=True)
class Report:
    """The device says what it runs, and what it tried in vain (contract 6.2)."""

    current: Content | None
    attempt: Attempt | None = None


Command: TypeAlias = Assign | Withdraw | Exchange | Discontinue | Forget | Report


@dataclass(frozen=True, slots=True)
class Change:
    """What a command made of a slot: None when it is gone, and what that adds to its log."""

    slot: WorkflowSlot | None
    entries: tuple[LogEntry, ...] = ()


Decision: TypeAlias = Change | Ignored


def decide_slot(
    slot: WorkflowSlot, newest: LogEntry | None, command: Command, source: Source, now: datetime
) -> Decision:
    """Say what a command makes of a slot whose newest log entry this is. Every slot answers every command.

    The same command again is ignored: it changes neither `updated` nor the log (contract 4.6).
    """
    match command:
        case Assign(content, planned):
            return _desire(slot, content, source, now, planned)
        case Withdraw(planned):
            return _desire(slot, None, source, now, planned)
        case Exchange(version, content):
            is_wanted = slot.desired is not None and slot.desired.version == version
            return _desire(slot, content, source, now) if is_wanted else IGNORED
        case Discontinue():
            return _discontinue(slot, source, now)
        case Forget():
            return Change(None) if slot.rev else IGNORED
        case Report():
            return _report(slot, newest, command, source, now)


def append(log: Log, entries: Log) -> tuple[LogEntry, ...]:
    """Return the log with newer entries, held to what is kept of it (contract 2.2)."""
    return (*log, *entries)[-MOST_LOG_ENTRIES:]


def shorter_logs(log: Log) -> Iterator[Log]:
    """Give the log, and then ever less of it, down to its newest entry: what a store can hold is one of these."""
    yield log
    short = (*map(_abridged, log[:-WHOLE_ERRORS]), *log[-WHOLE_ERRORS:])
    yield short
    while len(short) > 1:
        short = short[-(len(short) // 2) :]
        yield short


def clip_error(error: str) -> str:
    """Return as much of an error as is taken from a device."""
    return error[:MOST_ERROR_CHARACTERS]


def status_of(slot: WorkflowSlot, newest: LogEntry | None) -> SlotStatus:
    """Tell how the slot stands (contract 3)."""
    if slot.is_empty:
        return SlotStatus.EMPTY
    if slot.is_up_to_date:
        return SlotStatus.UP_TO_DATE
    wanted = slot.desired.version if slot.desired else ""
    attempt = newest.attempt if newest else None
    has_failed = attempt is not None and attempt.version in {"", wanted}
    return SlotStatus.ERROR if has_failed else SlotStatus.PENDING


def _desire(
    slot: WorkflowSlot, content: Content | None, source: Source, now: datetime, planned: PlannedChoice | None = None
) -> Decision:
    if slot.is_discontinued or (planned and planned.gives_way_to(slot.choice, _held(slot))):
        return IGNORED
    if slot.desired == content and not (planned and _asks_again(slot, planned)):
        return IGNORED
    choice = Choice(now, planned.place if planned else "")
    if slot.desired == content and slot.is_up_to_date:
        return Change(replace(slot, choice=choice, rev=slot.rev + 1))
    entry = LogEntry(now, Side.DESIRED, source, slot.desired, content, slot.rev + 1)
    return Change(replace(slot, desired=content, choice=choice, updated=now, rev=slot.rev + 1), (entry,))


def _held(slot: WorkflowSlot) -> str:
    return str(AssignedVersion(slot.workflow_id, slot.desired.version if slot.desired else None))


def _asks_again(slot: WorkflowSlot, planned: PlannedChoice) -> bool:
    """Tell whether a plan has to say anew what is wanted already: then that is its choice from now on.

    What runs is not logged again; otherwise the error that was told before is history.
    """
    return slot.desired is not None and not planned.was_made(slot.choice)


def _discontinue(slot: WorkflowSlot, source: Source, now: datetime) -> Decision:
    if slot.is_discontinued or not slot.rev:
        return IGNORED
    if slot.is_empty:
        return Change(None)
    withdrawn = _desire(slot, None, source, now)
    if isinstance(withdrawn, Ignored) or withdrawn.slot is None:
        return Change(replace(slot, is_discontinued=True, rev=slot.rev + 1))
    return replace(withdrawn, slot=replace(withdrawn.slot, is_discontinued=True))


def _report(slot: WorkflowSlot, newest: LogEntry | None, report: Report, source: Source, now: datetime) -> Decision:
    if not slot.rev and report.current is None:
        return IGNORED
    if slot.is_discontinued and report.current is None:
        return Change(None)
    heard = replace(report, current=_running(slot, report))
    entries = _report_entries(slot, newest, heard, source, now)
    if not entries:
        return IGNORED
    return Change(replace(slot, current=heard.current, updated=now, rev=slot.rev + 1), entries)


def _running(slot: WorkflowSlot, report: Report) -> Content | None:
    """Say what runs after a report: a failed attempt leaves the content that is known (contract 9, point 10)."""
    known = slot.current
    is_left_alone = report.attempt and known and report.current == Content(known.version)
    return known if is_left_alone else report.current


def _report_entries(
    slot: WorkflowSlot, newest: LogEntry | None, report: Report, source: Source, now: datetime
) -> tuple[LogEntry, ...]:
    entries: list[LogEntry] = []
    rev, runs = slot.rev + 1, report.current
    if runs != slot.current:
        entries.append(LogEntry(now, Side.CURRENT, source, slot.current, runs, rev))
    is_repeated = not entries and newest is not None and newest.attempt == report.attempt
    if report.attempt is not None and not is_repeated:
        entries.append(LogEntry(now, Side.CURRENT, source, runs, runs, rev, report.attempt))
    return tuple(entries)


def _abridged(entry: LogEntry) -> LogEntry:
    if entry.attempt is None or len(entry.attempt.error) <= MOST_OLD_ERROR_CHARACTERS:
        return entry
    return replace(entry, attempt=entry.attempt._replace(error=entry.attempt.error[:MOST_OLD_ERROR_CHARACTERS]))
