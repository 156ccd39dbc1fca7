"""What must hold when a simulation has ended: the stored items against each other, and against the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

from sluiceway.domain.counters import let_in
from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.domain.effective import effective
from sluiceway.domain.rollout import MOST_BETWEEN_LOOKS
from sluiceway.domain.spread import sizes
from sluiceway.storage import keys
from sluiceway.storage.row_items import read_row, row_item, row_key
from sluiceway.storage.table import LAST_SORT_KEY, Record
from tests.engine.invariants import (
    Snapshot,
    check_counters,
    check_devices,
    check_room,
    check_statistics,
)
from tests.engine.violation import Violation
from tests.load.followed import Followed
from tests.load.ledger import Ledger

_LATENESS = MOST_BETWEEN_LOOKS + timedelta(minutes=2)
"""So long after its time whatever is due is done: at the next look of an execution, or at the tick after that."""


def check_end(now: Snapshot, ledger: Ledger, end: datetime) -> None:
    """Note every invariant that does not hold among the findings of the ledger."""
    late = end - _LATENESS
    checks: list[Callable[[], None]] = [lambda: check_devices(now), lambda: _check_due_marks(now, late)]
    for head in now.heads.values():
        checks.extend(_checks(now, head, ledger.followed[head.id], late))
    for check in checks:
        try:
            check()
        except Violation as violation:
            ledger.findings.add(violation.invariant, *violation.evidence)


def _checks(now: Snapshot, head: Deployment, followed: Followed, late: datetime) -> Iterator[Callable[[], None]]:
    rows = now.rows_of(head)
    yield lambda: check_counters(now, head, _counted(followed, rows))
    yield lambda: check_statistics(now, head, frozenset(followed.fresh))
    yield lambda: check_room(head, now.tally(head))
    yield lambda: _check_stories(head, followed, rows)
    yield lambda: _check_partition(now, head, followed, rows)
    yield lambda: _check_silence(head, rows, late)


def _counted(followed: Followed, rows: Mapping[str, DeviceDeployment]) -> Iterator[tuple[DeviceDeployment, int]]:
    """What counters count: the devices' stories before any abort, in the shard where they were let in."""
    for device_id, told in followed.rows.items():
        stored = rows[device_id]
        yield replace(told, shard=stored.shard), followed.offered_bytes[device_id]


def _check_stories(head: Deployment, followed: Followed, rows: Mapping[str, DeviceDeployment]) -> None:
    if not followed.rows.keys() <= rows.keys() <= followed.fresh.keys():
        raise Violation("who takes part has a row", followed.rows.keys() ^ rows.keys())
    for device_id, stored in rows.items():
        told = followed.row_of(device_id)
        expected = _as_stored(replace(told, shard=stored.shard), rev=stored.rev)
        if effective(stored, head) != effective(expected, head):
            raise Violation("every status is reachable only by decide", stored, expected)


def _as_stored(row: DeviceDeployment, *, rev: int) -> DeviceDeployment:
    return read_row(row.workspace, Record(row_key(row), row_item(row, rev=rev)))


def _check_partition(now: Snapshot, head: Deployment, followed: Followed, rows: Mapping[str, DeviceDeployment]) -> None:
    """Every device of a list is in the one phase of its own, phases are as large as was said, and count who came."""
    if followed.plan is None:
        return
    members = Counter(row.phase for row in rows.values())
    wanted = Counter(dict(enumerate(sizes(followed.plan.phases, head.size))))
    tally, asked = now.tally(head), Counter(row.phase for row in rows.values() if row.asked)
    counted = Counter({phase: tally[let_in(phase)] for phase in range(len(head.phases))})
    if not members == wanted == Counter({number: phase.size for number, phase in enumerate(head.phases)}):
        raise Violation("phases partition the devices", members, wanted, head.phases)
    if counted != asked or any(phase > head.open_phase for phase in asked):
        raise Violation("each phase counts its own devices", counted, asked, head.open_phase)


def _check_silence(head: Deployment, rows: Mapping[str, DeviceDeployment], late: datetime) -> None:
    for row in rows.values():
        if not head.is_over and row.is_open and row.deadline and row.deadline < late:
            raise Violation("whoever keeps silent for too long times out", row, late)


def _check_due_marks(now: Snapshot, late: datetime) -> None:
    for key, item in now.items.items():
        if cast("str", item.get("G2SK", LAST_SORT_KEY)) < keys.order_of(late):
            raise Violation("what is due gets done", key, item["G2SK"])
