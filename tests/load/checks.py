"""What must hold when a simulation has ended: the stored items against each other, and against the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from sluiceway.domain.counters import let_in
from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.domain.effective import effective
from sluiceway.storage.row_items import read_row, row_item, row_key
from sluiceway.storage.table import Record
from tests.engine.invariants import (
    Snapshot,
    check_counters,
    check_devices,
    check_due_marks,
    check_room,
    check_statistics,
)
from tests.engine.violation import Violation
from tests.load.ledger import Followed, Ledger


def check_end(now: Snapshot, ledger: Ledger) -> None:
    """Note every invariant that does not hold among the findings of the ledger."""
    checks: list[Callable[[], None]] = [lambda: check_devices(now), lambda: check_due_marks(now)]
    for head in now.heads.values():
        checks.extend(_checks(now, head, ledger.followed[head.id]))
    for check in checks:
        try:
            check()
        except Violation as violation:
            ledger.findings.add(violation.invariant, *violation.evidence)


def _checks(now: Snapshot, head: Deployment, followed: Followed) -> Iterator[Callable[[], None]]:
    rows = now.rows_of(head)
    yield lambda: check_counters(now, head, _counted(followed, rows))
    yield lambda: check_statistics(now, head, followed.members)
    yield lambda: check_room(head, now.tally(head))
    yield lambda: _check_stories(head, followed, rows)
    yield lambda: _check_partition(now, head, rows)


def _counted(followed: Followed, rows: Mapping[str, DeviceDeployment]) -> Iterator[tuple[DeviceDeployment, int]]:
    """What counters count: the devices' stories before any abort, in the shard and phase where they were let in."""
    for device_id, told in followed.rows.items():
        stored = rows[device_id]
        yield replace(told, shard=stored.shard, phase=stored.phase), followed.offered_bytes[device_id]


def _check_stories(head: Deployment, followed: Followed, rows: Mapping[str, DeviceDeployment]) -> None:
    for device_id in followed.members:
        stored, told = rows[device_id], followed.row_of(device_id)
        expected = _as_stored(replace(told, shard=stored.shard, phase=stored.phase), rev=stored.rev)
        if effective(stored, head) != effective(expected, head):
            raise Violation("every status is reachable only by decide", stored, expected)


def _as_stored(row: DeviceDeployment, *, rev: int) -> DeviceDeployment:
    return read_row(row.workspace, Record(row_key(row), row_item(row, rev=rev)))


def _check_partition(now: Snapshot, head: Deployment, rows: Mapping[str, DeviceDeployment]) -> None:
    """Every device that was let in is in one phase, and each phase counts its own."""
    if not head.phases:
        return
    tally, members = now.tally(head), Counter(row.phase for row in rows.values() if row.asked)
    counted = {phase: tally[let_in(phase)] for phase in range(len(head.phases)) if tally[let_in(phase)]}
    if counted != members or sum(phase.size for phase in head.phases) != head.size:
        raise Violation("phases partition the devices", counted, members, head.phases)
