"""One device's part in one deployment, and the one state machine that changes it (mender contract 10).

    pending ─(asked)→ downloading, installing, rebooting, pauses ─→ success | failure
       │                     │ failure with attempts left → pending, not before a stored time
       └→ noartifact | already-installed            open → aborted | decommissioned | superseded | timed-out

The dialects translate words to these events; they own no transitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from sluiceway.domain.deadlines import NO_DEADLINES, Deadlines, deadline, prolonged
from sluiceway.domain.retry import NO_RETRY, RetryPolicy


class Status(StrEnum):
    """Where a device deployment stands. The thirteen words of mender contract 10.1 and two that other surfaces need."""

    FAILURE = "failure"
    ABORTED = "aborted"
    PAUSE_BEFORE_INSTALLING = "pause_before_installing"
    PAUSE_BEFORE_COMMITTING = "pause_before_committing"
    PAUSE_BEFORE_REBOOTING = "pause_before_rebooting"
    DOWNLOADING = "downloading"
    INSTALLING = "installing"
    REBOOTING = "rebooting"
    PENDING = "pending"
    SUCCESS = "success"
    NOARTIFACT = "noartifact"
    ALREADY_INSTALLED = "already-installed"
    DECOMMISSIONED = "decommissioned"
    SUPERSEDED = "superseded"
    TIMED_OUT = "timed-out"

    @property
    def rank(self) -> int:
        """Position in lists of devices: 256 for the first word, 256 more for each next (mender contract 10.1)."""
        return _RANKS[self]

    @property
    def is_final(self) -> bool:
        """Whether the device deployment has ended."""
        return self in _FINAL


_RANKS = {status: 256 * position for position, status in enumerate(Status, start=1)}
PAUSES = frozenset({Status.PAUSE_BEFORE_INSTALLING, Status.PAUSE_BEFORE_COMMITTING, Status.PAUSE_BEFORE_REBOOTING})
ACTIVE = PAUSES | {Status.DOWNLOADING, Status.INSTALLING, Status.REBOOTING}
_FINAL = frozenset(Status) - ACTIVE - {Status.PENDING}
OUTCOMES = frozenset({Status.SUCCESS, Status.FAILURE, Status.ALREADY_INSTALLED})
"""Final words that a device may report of itself."""
REPORTABLE = ACTIVE | OUTCOMES
BROUGHT = frozenset({Status.SUCCESS, Status.ALREADY_INSTALLED})
"""How a device ends that has what the deployment is about."""
WITHDRAWN = frozenset({Status.ABORTED, Status.DECOMMISSIONED, Status.SUPERSEDED})
"""Final words that the server decided: nothing the device says changes them."""
_IN_VAIN = frozenset({Status.FAILURE, Status.TIMED_OUT})
"""How a device ends that was offered something and did not say that it has it."""
_FOR_GOOD = WITHDRAWN - {Status.SUPERSEDED}
"""Final words that not even a new attempt follows."""


@dataclass(frozen=True, slots=True)
class DeviceDeployment:
    """What is stored of one device in one deployment; `shard` and `phase` are settled when it is let in."""

    workspace: str
    deployment_id: str
    device_id: str
    order: str
    shard: int = 0
    """Counter shard that counts the row."""
    index_part: int = 0
    """Index partition that lists the row."""
    phase: int = 0
    """Number of the phase in which the device was let in; under a plan, of the one that it belongs to."""
    status: Status = Status.PENDING
    attempt: int = 1
    retry: RetryPolicy = NO_RETRY
    is_planned: bool = False
    """Whether its deployment has a plan: then it is also counted by phase, and while the device works on it."""
    deadlines: Deadlines = NO_DEADLINES
    withdraws_success: bool = False
    """Whether a success turns into a failure when the device comes back on what it had before."""
    asked: datetime | None = None
    """When the device first asked for this deployment, or reported about it unasked."""
    offered: datetime | None = None
    """When this attempt was offered; None before that."""
    started: datetime | None = None
    finished: datetime | None = None
    not_before: datetime | None = None
    deadline: datetime | None = None
    late: bool = False
    substate: str = ""
    device_type: str = ""
    artifact_id: str = ""
    """What was offered in this attempt; of what is pushed see `pushed`."""
    previous: str = ""
    """Name of the artifact, or of what was pushed, that the device had when it was first offered another.

    Empty when it never was.
    """
    restores: str = ""
    """Of a roll back, the name of what the device gets back."""
    undoes: str = ""
    """Of a roll back, the order of the deployment whose artifact the device gives up."""
    request_digest: str = ""
    """Digest of what the device said of itself when this attempt was offered; empty before the offer."""
    has_log: bool = False
    taken_back: bool = False
    """Whether an abort has taken back what was pushed and the device, which had ended before, did not get."""
    deleted: bool = False
    """Whether it had ended when the history of the device was deleted: then it bounds no longer what is offered."""
    rev: int = 0

    @property
    def pushed(self) -> str:
        """What the dialect calls that which the device was given in this attempt; empty before."""
        return self.artifact_id

    def given(self, pushed: str) -> DeviceDeployment:
        """Return it with what the device was given."""
        return replace(self, artifact_id=pushed)

    @property
    def place(self) -> str:
        """Order of the deployment in whose place it stands: a roll back takes that of what it undoes.

        Nothing that is older than that place is offered once it has ended, but what is newer is.
        """
        return self.undoes or self.order

    @property
    def is_open(self) -> bool:
        """Whether the device may still work on it."""
        return not self.status.is_final

    @property
    def is_offered(self) -> bool:
        """Whether this attempt was offered, and has not ended."""
        return self.is_open and bool(self.request_digest)

    @property
    def is_in_flight(self) -> bool:
        """Whether the device works on it."""
        return self.is_offered or self.status in ACTIVE

    @property
    def is_unapplied(self) -> bool:
        """Whether what was pushed may still be wanted of a device that did not say that it has it."""
        is_in_vain = self.is_open or self.status in _IN_VAIN
        return self.asked is not None and is_in_vain and not self.taken_back

    @property
    def is_restorable(self) -> bool:
        """Whether a roll back gives the device something back."""
        return bool(self.previous) and self.status is not Status.DECOMMISSIONED

    @property
    def may_reopen(self) -> bool:
        """Whether a new attempt may follow the end: never an abort or a removal."""
        return self.status.is_final and self.status not in _FOR_GOOD


def has_newer(rows: Iterable[DeviceDeployment], order: str) -> bool:
    """Tell by its rows whether a device has content of a deployment that was made after the one of this order.

    What was rolled back on the device is gone from it again, and a roll back brings nothing newer.
    """
    newest = _newest_kept([row for row in rows if row.status in BROUGHT])
    return newest is not None and newest.order > order


def standing_successes(rows: Iterable[DeviceDeployment]) -> tuple[DeviceDeployment, ...]:
    """Return by its rows what has brought a device what it has, last first, whatever has ended in vain since.

    That is the newest deployment that was not rolled back on it, and before it the last roll back of a newer one.
    """
    brought = [row for row in rows if row.status in BROUGHT]
    newest = _newest_kept(brought)
    since = newest.order if newest else ""
    undoing = [row for row in brought if row.undoes > since]
    last = max(undoing, key=lambda row: (row.finished, row.order), default=None)
    return tuple(filter(None, (last, newest)))


def _newest_kept(brought: Sequence[DeviceDeployment]) -> DeviceDeployment | None:
    """Return the newest deployment that no roll back has undone, of those that brought a device something."""
    undone = {row.undoes for row in brought if row.undoes}
    kept = (row for row in brought if not row.undoes and row.order not in undone)
    return max(kept, key=lambda row: row.order, default=None)


def was_rolled_back_since(rows: Iterable[DeviceDeployment], row: DeviceDeployment) -> bool:
    """Tell by its rows whether a roll back gave a device something else since it was first offered the one."""
    done = [each.finished for each in rows if each.undoes and each.status in BROUGHT]
    return any(row.asked and finished and finished >= row.asked for finished in done)


def was_given_back(rows: Iterable[DeviceDeployment], undoing: DeviceDeployment) -> bool:
    """Tell by its rows whether another roll back has done for a device what this one is to do."""
    done = [row for row in rows if row.undoes == undoing.undoes and row.status in BROUGHT]
    return any(row.order != undoing.order for row in done)


@dataclass(frozen=True, slots=True)
class Asked:
    """The device asked for work and this is what it was given.

    `outcome` is PENDING when the artifact is offered, else NOARTIFACT or ALREADY_INSTALLED (mender contract 9.3).
    """

    outcome: Status
    request_digest: str
    device_type: str
    artifact_id: str = ""
    installed: str = ""
    """Name of what the device has and may come back on; empty when an earlier attempt has told that."""


@dataclass(frozen=True, slots=True)
class Reported:
    """The device says where it stands."""

    status: Status
    substate: str | None = None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The server ends it: ABORTED, DECOMMISSIONED or SUPERSEDED."""

    status: Status


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """Nothing was heard for as long as the plan allows."""

    expected: datetime | None = None
    """By when a device that waits for its next attempt comes for it, if it comes as it is told; None if none waits."""


@dataclass(frozen=True, slots=True)
class SilenceBegan:
    """The silence of a device that works counts anew: it called, or can have only now what it was offered."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """What was offered cannot reach the device yet, so that its silence means nothing."""


@dataclass(frozen=True, slots=True)
class CameBack:
    """The device asked for work, and has this artifact."""

    installed: str


@dataclass(frozen=True, slots=True)
class Reopened:
    """An explicit new attempt of a device deployment that had ended."""


@dataclass(frozen=True, slots=True)
class HistoryDeleted:
    """What the device has ended so far is to count as if it had not been (mender contract 4.2)."""


@dataclass(frozen=True, slots=True)
class LogStored:
    """The device's log of this deployment can be read."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """An abort has taken back what was pushed and the device, which had ended before, did not get."""


Mark: TypeAlias = HistoryDeleted | LogStored | TakenBack
Timing: TypeAlias = DeadlinePassed | SilenceBegan | Withheld
Event: TypeAlias = Asked | Reported | Withdrawn | Timing | CameBack | Reopened | Mark


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing changes, and the caller is answered as if it had."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """The event is refused because of what the device deployment already is."""

    status: Status


Decision: TypeAlias = DeviceDeployment | Ignored | Conflict
IGNORED = Ignored()


def decide(row: DeviceDeployment, event: Event, now: datetime) -> Decision:
    """Say what an event makes of a device deployment. Every status has an answer to every event."""
    match event:
        case Asked():
            return _ask(row, event, now)
        case Reported():
            return _report(row, event, now)
        case Withdrawn(status):
            return _end(row, status, now) if row.is_open else IGNORED
        case DeadlinePassed() | SilenceBegan() | Withheld():
            return _keep_time(row, event, now)
        case CameBack() | Reopened():
            return _reconsider(row, event, now)
        case HistoryDeleted() | LogStored() | TakenBack():
            return _mark(row, event)


def _ask(row: DeviceDeployment, event: Asked, now: datetime) -> Decision:
    if not row.is_open:
        return Conflict(row.status)
    if row.request_digest:
        return IGNORED if row.request_digest == event.request_digest else _fail(row, now)
    if row.not_before is not None and now < row.not_before:
        return Conflict(row.status)
    is_offered = event.outcome is Status.PENDING
    given = replace(
        row,
        asked=row.asked or now,
        offered=now if is_offered else row.offered,
        deadline=deadline(row.deadlines, row.status, now, offered=is_offered),
        device_type=event.device_type,
        artifact_id=event.artifact_id,
        previous=(event.installed if is_offered else "") or row.previous,
        request_digest=event.request_digest,
    )
    return given if is_offered else _end(given, event.outcome, now)


def _report(row: DeviceDeployment, event: Reported, now: datetime) -> Decision:
    if event.status not in REPORTABLE:
        raise ValueError(f"a device cannot report {event.status}")
    if row.status in WITHDRAWN:
        return Conflict(row.status)
    if row.status is event.status:
        return _annotate(row, event.substate)
    if _is_stale(row, event):
        return IGNORED
    if row.is_open:
        return _advance(row, event, now)
    if event.status in OUTCOMES:
        late = row.late or row.status is Status.TIMED_OUT
        return _end(replace(row, late=late, substate=_kept(row, event)), event.status, now)
    return IGNORED


def _is_stale(row: DeviceDeployment, event: Reported) -> bool:
    """Tell whether a report is about an earlier attempt: the present one was not offered, so it cannot have begun."""
    unoffered = row.is_open and row.attempt > 1 and not row.request_digest
    return unoffered and event.status not in {Status.SUCCESS, Status.ALREADY_INSTALLED}


def _advance(row: DeviceDeployment, event: Reported, now: datetime) -> DeviceDeployment:
    asked, started, substate = row.asked or now, row.started or now, _kept(row, event)
    if event.status is Status.FAILURE:
        return _fail(replace(row, asked=asked, started=started, substate=substate), now, event.substate or "")
    has_ended = event.status.is_final
    return replace(
        row,
        status=event.status,
        asked=asked,
        started=started,
        finished=now if has_ended else None,
        not_before=None if has_ended else row.not_before,
        deadline=deadline(row.deadlines, event.status, now, offered=True),
        substate=substate,
    )


def _fail(row: DeviceDeployment, now: datetime, code: str = "") -> DeviceDeployment:
    if not row.retry.allows(row.attempt, code):
        return _end(row, Status.FAILURE, now)
    wait = row.retry.wait(row.attempt, seed=f"{row.deployment_id}/{row.device_id}")
    due = now + wait
    return replace(_next_attempt(row, not_before=due), deadline=_retry_deadline(row, due))


def _next_attempt(row: DeviceDeployment, not_before: datetime | None) -> DeviceDeployment:
    return replace(
        row,
        status=Status.PENDING,
        attempt=row.attempt + 1,
        offered=None,
        not_before=not_before,
        deadline=None,
        artifact_id="",
        request_digest="",
    )


def _annotate(row: DeviceDeployment, substate: str | None) -> Decision:
    return IGNORED if not substate or substate == row.substate else replace(row, substate=substate)


def _kept(row: DeviceDeployment, event: Reported) -> str:
    """Keep the last substate when a report has none (mender contract 9.4)."""
    return event.substate or row.substate


def _end(row: DeviceDeployment, status: Status, now: datetime) -> DeviceDeployment:
    return replace(row, status=status, finished=now, not_before=None, deadline=None)


def _mark(row: DeviceDeployment, event: Mark) -> Decision:
    marked = _marked(row, event)
    return IGNORED if marked == row else marked


def _marked(row: DeviceDeployment, event: Mark) -> DeviceDeployment:
    match event:
        case LogStored():
            return replace(row, has_log=True)
        case HistoryDeleted():
            return replace(row, deleted=row.deleted or row.status.is_final)
        case TakenBack():
            return replace(row, taken_back=row.taken_back or row.status in _IN_VAIN)


def _reconsider(row: DeviceDeployment, event: CameBack | Reopened, now: datetime) -> Decision:
    return _reopen(row) if isinstance(event, Reopened) else _come_back(row, event.installed, now)


def _keep_time(row: DeviceDeployment, event: Timing, now: datetime) -> Decision:
    match event:
        case DeadlinePassed(expected):
            return _pass_deadline(row, expected, now)
        case SilenceBegan():
            until = prolonged(row.deadlines, row.status, row.deadline, now) if row.is_in_flight else row.deadline
        case Withheld():
            until = None if row.is_offered and row.status is Status.PENDING else row.deadline
    return IGNORED if until == row.deadline else replace(row, deadline=until)


def _pass_deadline(row: DeviceDeployment, expected: datetime | None, now: datetime) -> Decision:
    """End what is overdue, but wait on for a device that was to come for its next attempt later than when it is due."""
    if not row.is_open or row.deadline is None or now < row.deadline:
        return IGNORED
    silent_until = None if row.is_in_flight or expected is None else _retry_deadline(row, expected)
    is_waited_for = silent_until is not None and now < silent_until
    return replace(row, deadline=silent_until) if is_waited_for else _end(row, Status.TIMED_OUT, now)


def _retry_deadline(row: DeviceDeployment, expected: datetime) -> datetime | None:
    """Return until when a device must ask for its next attempt that was to come by then."""
    return None if row.deadlines.retrying is None else expected + row.deadlines.retrying


def _come_back(row: DeviceDeployment, installed: str, now: datetime) -> Decision:
    """Withdraw a success of which nothing is left (design section 7)."""
    is_undone = row.status is Status.SUCCESS and row.withdraws_success and row.previous == installed
    if not is_undone or not installed:
        return IGNORED
    return _end(replace(row, substate=f"came back on {installed}"), Status.FAILURE, now)


def _reopen(row: DeviceDeployment) -> Decision:
    if not row.may_reopen:
        return IGNORED
    again = _next_attempt(row, not_before=None)
    return replace(again, finished=None, late=False, deleted=False, taken_back=False)
