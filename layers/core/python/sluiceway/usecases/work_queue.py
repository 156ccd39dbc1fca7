"""The deployments that wait for a device, first in line first (mender contract 9.3, data model 3.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sluiceway.domain.deployment import Deployment, State
from sluiceway.domain.device import Device
from sluiceway.domain.device_deployment import DeviceDeployment, Status, Withdrawn, decide, has_newer, was_given_back
from sluiceway.domain.effective import effective
from sluiceway.storage import keys
from sluiceway.storage.deployment_items import BoardEntry, read_board_entry
from sluiceway.storage.paging import read_all
from sluiceway.storage.row_items import read_row, row_key
from sluiceway.storage.table import Delete, Equal, Item, Key, Query, Record, Write
from sluiceway.usecases.admission import Shards
from sluiceway.usecases.deployments import heads_among
from sluiceway.usecases.open_targets import evidence_keys, meets
from sluiceway.usecases.row_changes import Change
from sluiceway.usecases.service import Service
from sluiceway.usecases.sessions import ROWS_OF_SESSION, DeviceSession

_ORPHAN_AGE = timedelta(hours=1)
"""A creation writes its rows before its head; a row that has no head after so long was left by a crash."""
_SEEDED_WITHIN = timedelta(hours=1)
_SHARDS_WITH_HEAD = 8
"""Counter shards that one read unit has room for beside the head."""
_MOST_TIDIED = 20
"""Rows put right in one poll, so that its transaction stays small; the rest waits for the next."""
_MOST_OUTDONE = 20
"""Deployments that one offer supersedes, so that its transaction stays small."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A deployment that waits for the device. The row's `rev` is 0 when it was never stored.

    A row that has ended is one of a deleted history: it waits for a new attempt.
    """

    row: DeviceDeployment
    deployment: Deployment
    is_outdated: bool = False
    """Whether it is a roll back that comes too late for the device, which gets nothing back.

    It has something newer than what is rolled back, or was given back what it had by a roll back before.
    """
    shards: Shards | None = None
    """All its counter shards, when they were read along with it."""


@dataclass(frozen=True, slots=True)
class WorkQueue:
    """What waits for a device, first in line first, and what was found out of order on the way."""

    candidates: tuple[Candidate, ...]
    withdrawn: tuple[Change, ...] = ()
    """Rows that an abort has ended and that still say otherwise."""
    orphans: tuple[Write, ...] = ()
    floor: str = ""
    """Nothing at or below this order can be open, empty when that is not worth writing down."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What was read of the deployments that may be for a device."""

    items: Mapping[Key, Item]
    heads: Mapping[str, Deployment]
    unmet: frozenset[str]
    """Orders of those whose filter the device does not meet."""
    shards: Mapping[str, Shards]
    """By deployment, where the counters were read along with the head."""


def read_work_queue(service: Service, session: DeviceSession, now: datetime) -> WorkQueue:
    """Find what waits for a device. Reads nothing beyond the session when nothing does."""
    rows = _rows_above_mark(service, session)
    waiting = [row for row in rows if row.is_open or _was_forgotten(row)]
    board = [read_board_entry(record) for record in session.board]
    entries = _entries_for(session, board, {row.order for row in rows})
    if not waiting and not entries:
        return WorkQueue((), floor=_floor(rows, [], now))
    found = _read_deployments(service, session.device, waiting, entries, _entries_of_forgotten(board, waiting))
    pairs = _pairs(service, session, waiting, entries, found)
    withdrawn = _withdrawn(pairs)
    return WorkQueue(
        candidates=_candidates(pairs, withdrawn),
        withdrawn=withdrawn,
        orphans=_orphans([row for row in waiting if row.deployment_id not in found.heads], now),
        floor=_floor(rows, [*_orders_to_keep(waiting, found.heads), *(entry.order for entry in entries)], now),
    )


def _read_deployments(
    service: Service,
    device: Device,
    waiting: Sequence[DeviceDeployment],
    entries: Sequence[BoardEntry],
    forgotten: Sequence[BoardEntry],
) -> _Found:
    """Read in one batch what the rows and the board speak of; by a query of its own what counts whom it lets in.

    That is spared a device that does not meet its filter.
    """
    ids = [row.deployment_id for row in waiting] + [entry.deployment_id for entry in entries]
    counted = _counted_alone(waiting, entries)
    asked = [*entries, *forgotten]
    heads_sought = [keys.deployment(device.workspace, each) for each in ids if each != counted]
    evidence_sought = evidence_keys(device, [term for entry in asked for term in entry.terms])
    undone_sought = [keys.row(device.workspace, device.id, entry.undoes) for entry in entries if entry.undoes]
    items = service.table.get_many([*heads_sought, *evidence_sought, *undone_sought])
    unmet = frozenset(entry.order for entry in asked if not meets(device, entry.terms, items))
    shards: dict[str, Shards] = {}
    if counted and not any(entry.deployment_id == counted and entry.order in unmet for entry in entries):
        head, shards = _read_with_counters(service, device.workspace, counted)
        items |= head
    return _Found(items, heads_among(items, device.workspace, ids), unmet, shards)


def _pairs(
    service: Service,
    session: DeviceSession,
    waiting: Sequence[DeviceDeployment],
    entries: Sequence[BoardEntry],
    found: _Found,
) -> list[Candidate]:
    """Return what waits for the device with its deployment, as far as the device meets its filter."""
    heads = found.heads
    listed = [entry for entry in entries if entry.deployment_id in heads]
    unstored = [_unstored(session.device, heads[entry.deployment_id], entry, found.items) for entry in listed]
    met = [row for row in [*waiting, *unstored] if row is not None and row.order not in found.unmet]
    outdated = _outdated(service, session, met)
    return [
        Candidate(row, heads[row.deployment_id], row.order in outdated, found.shards.get(row.deployment_id))
        for row in met
        if row.deployment_id in heads
    ]


def _counted_alone(waiting: Sequence[DeviceDeployment], entries: Sequence[BoardEntry]) -> str:
    """Return the id of the one deployment that may let the device in by its counters; empty when there are several.

    Of several the first in line turns the device away or takes it: their heads are one batch, and its counters follow.
    """
    ids = [row.deployment_id for row in waiting if row.is_planned and row.is_open and not row.is_offered]
    ids += [entry.deployment_id for entry in entries if entry.is_bounded]
    return ids[0] if len(ids) == 1 else ""


def _read_with_counters(
    service: Service, workspace: str, deployment_id: str
) -> tuple[Mapping[Key, Item], dict[str, Shards]]:
    """Read a head and its first counter shards in one query; return the shards by deployment, if these are all."""
    page = service.table.query(keys.head_with_shards(workspace, deployment_id, _SHARDS_WITH_HEAD + 1))
    shards = [record for record in page.records if record.key.sk != keys.HEAD]
    are_all = len(shards) <= _SHARDS_WITH_HEAD
    heads = {record.key: record.item for record in page.records if record.key.sk == keys.HEAD}
    return heads, {deployment_id: shards} if are_all else {}


def _unstored(
    device: Device, deployment: Deployment, entry: BoardEntry, found: Mapping[Key, Item]
) -> DeviceDeployment | None:
    """Return the row that the device has not got yet; None of a roll back of what it never asked for."""
    if not entry.undoes:
        return deployment.row_of(device.id)
    key = keys.row(device.workspace, device.id, entry.undoes)
    return deployment.restoring_row_of(read_row(device.workspace, Record(key, found[key]))) if key in found else None


def _outdated(service: Service, session: DeviceSession, waiting: Sequence[DeviceDeployment]) -> frozenset[str]:
    """Return the orders of the roll backs that come too late for the device."""
    undoing = [row for row in waiting if row.undoes and not row.is_offered]
    if not undoing:
        return frozenset()
    since = _rows_above(service, session, min(row.undoes for row in undoing))
    return frozenset(row.order for row in undoing if has_newer(since, row.undoes) or was_given_back(since, row))


def _was_forgotten(row: DeviceDeployment) -> bool:
    """Whether the history of the device was deleted since: then it may take part again."""
    return row.deleted and row.may_reopen


def _orders_to_keep(waiting: Sequence[DeviceDeployment], heads: Mapping[str, Deployment]) -> list[str]:
    """Return the orders that must stay in sight; of a deleted history only what still runs."""
    running = {head.id for head in heads.values() if not head.is_over}
    return [row.order for row in waiting if row.is_open or row.deployment_id in running]


def _candidates(pairs: Sequence[Candidate], withdrawn: Sequence[Change]) -> tuple[Candidate, ...]:
    """Leave out what is older than something that an abort ended for the device, unless it works on it."""
    ended = max((change.after.place for change in withdrawn if change.after.asked), default="")
    active = (pair for pair in pairs if pair.deployment.state is State.ACTIVE)
    return in_line(pair for pair in active if pair.row.is_offered or pair.row.order > ended)


def in_line(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Return who is to be offered what, first in line first; of roll backs the one of the newest deployment.

    That gives back what the next one undoes.
    """
    newest_undone_first = sorted(candidates, key=lambda candidate: candidate.row.undoes, reverse=True)
    return tuple(sorted(newest_undone_first, key=turn_of))


def turn_of(candidate: Candidate) -> tuple[bool, bool, int, bool, str]:
    """Sort what the device was offered first, then roll backs: what they undo is older than all that has yet to come.

    Then by priority; of equals what the device spoke of before, then by creation.
    """
    row, deployment = candidate.row, candidate.deployment
    if deployment.rolls_back:
        return not row.is_offered, False, 0, False, ""
    not_spoken_of = row.asked is None or not row.is_open
    return not row.is_offered, True, -deployment.steering.priority, not_spoken_of, row.order


def outdone_by(urgent: Candidate, others: Sequence[Candidate], now: datetime) -> list[Change]:
    """Return what an offer of the one makes of the others: it ends the older and less urgent ones.

    The device never comes to them any more. A roll back ends none.
    """
    outdone = [each.row for each in others if _outdoes(urgent, each)][:_MOST_OUTDONE]
    decided = [(row, decide(row, Withdrawn(Status.SUPERSEDED), now)) for row in outdone]
    return [Change(row, after) for row, after in decided if isinstance(after, DeviceDeployment)]


def _outdoes(urgent: Candidate, other: Candidate) -> bool:
    is_more_urgent = urgent.deployment.steering.priority > other.deployment.steering.priority
    return (
        is_more_urgent and not urgent.deployment.rolls_back and other.row.is_open and other.row.order < urgent.row.order
    )


def _mark(device: Device) -> str:
    return max(device.done, device.floor)


def _rows_above_mark(service: Service, session: DeviceSession) -> list[DeviceDeployment]:
    """Return the rows that can still matter, reading on when the session holds only the newest of them.

    What the device works on stays in sight also after it ended something newer that it was never offered.
    """
    mark, rows = _mark(session.device), session.rows
    if len(rows) == ROWS_OF_SESSION and rows[-1].order > mark:
        return _rows_above(service, session, mark)
    return [row for row in rows if row.order > mark or row.is_offered]


def _rows_above(service: Service, session: DeviceSession, order: str) -> list[DeviceDeployment]:
    """Return the rows of deployments made after the one of this order."""
    rows = [row for row in session.rows if row.order > order]
    if len(rows) < ROWS_OF_SESSION:
        return rows
    device = session.device
    partition = keys.device_partition(device.workspace, device.id)
    older = Query(partition, first=keys.FIRST_ROW + order, last=row_key(rows[-1]).sk)
    found = [read_row(device.workspace, record) for record in read_all(service.table, older)]
    return rows + [row for row in found if order < row.order < rows[-1].order]


def _entries_for(session: DeviceSession, board: Sequence[BoardEntry], with_row: set[str]) -> list[BoardEntry]:
    """Return the deployments without a list that the device has no row of yet and belongs to, or may."""
    mark = _mark(session.device)
    new = (entry for entry in board if entry.order > mark and entry.order not in with_row)
    return [entry for entry in new if _may_be_for(session, entry)]


def _may_be_for(session: DeviceSession, entry: BoardEntry) -> bool:
    """Tell whether the device belongs to a deployment, as far as the session knows; a filter is still to be met."""
    if entry.cut is not None:
        return session.device.was_in(entry.cut)
    rows = session.rows
    knows_all = len(rows) < ROWS_OF_SESSION or rows[-1].order <= entry.undoes
    return not (entry.undoes and knows_all) or any(row.order == entry.undoes and row.is_restorable for row in rows)


def _entries_of_forgotten(board: Sequence[BoardEntry], waiting: Sequence[DeviceDeployment]) -> list[BoardEntry]:
    """Return those of deployments that the device takes part in anew, if it still meets the filter of an open one."""
    forgotten = {row.order for row in waiting if not row.is_open}
    return [entry for entry in board if entry.order in forgotten]


def _floor(rows: Sequence[DeviceDeployment], waiting: Sequence[str], now: datetime) -> str:
    """Return the newest order below everything that waits, once what does not wait costs reads.

    It is an old one: the devices of a long list get their rows some time after the deployment was made.
    """
    if len(rows) <= ROWS_OF_SESSION and not any(map(_was_forgotten, rows)):
        return ""
    first_waiting = min([*waiting, keys.order_of(now - _SEEDED_WITHIN)])
    return max((row.order for row in rows if row.order < first_waiting), default="")


def _withdrawn(pairs: Sequence[Candidate]) -> tuple[Change, ...]:
    stored = [pair for pair in pairs if pair.deployment.is_withdrawn and pair.row.rev and pair.row.is_open]
    return tuple(
        Change(pair.row, effective(pair.row, pair.deployment), counted=False) for pair in stored[:_MOST_TIDIED]
    )


def _orphans(rows: Sequence[DeviceDeployment], now: datetime) -> tuple[Write, ...]:
    old = [row for row in rows if row.order < keys.order_of(now - _ORPHAN_AGE)]
    return tuple(Delete(row_key(row), Equal("rev", row.rev)) for row in old[:_MOST_TIDIED])
