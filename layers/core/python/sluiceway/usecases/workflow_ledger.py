"""Reading workflow slots so that nobody sees half of an operation (losant contract 4.2, data model 3.9).

A reader begins with the ledger, and shows what it reads as the pending operation leaves it. Where several reads belong
together it looks at the ledger again: when another operation took hold meanwhile, it reads again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from sluiceway.domain.errors import Contended
from sluiceway.domain.workflow_operation import Ledger
from sluiceway.domain.workflow_slot import WorkflowSlot
from sluiceway.storage import keys
from sluiceway.storage.paging import read_all_of
from sluiceway.storage.table import Item, Query
from sluiceway.storage.workflow_operation_items import ledger_number, pending_number, read_operation
from sluiceway.storage.workflow_slot_items import read_workflow_slot
from sluiceway.usecases.service import Service

T = TypeVar("T")


def load_ledger(service: Service, workspace: str) -> Ledger:
    """Read the ledger with its pending operation."""
    return ledger_of(service, workspace, service.table.get(keys.workflow_ledger(workspace)))


def ledger_of(service: Service, workspace: str, stored: Item | None) -> Ledger:
    """Return the ledger of an item, reading its pending operation; one that ended meanwhile has the ledger read again.

    Raises Contended when that happens for as long as the table's patience lasts.
    """
    for _ in service.table.backoff.attempts():
        number = pending_number(stored)
        if number is None:
            return Ledger(ledger_number(stored))
        operation = service.table.get(keys.workflow_operation(workspace, number))
        if operation is not None:
            return Ledger(number, read_operation(operation))
        stored = service.table.get(keys.workflow_ledger(workspace))
    raise Contended("operations on workflows kept taking hold while they were read; try again")


def read_between_operations(service: Service, workspace: str, read: Callable[[Ledger], T]) -> T:
    """Return what is read while no operation takes hold. Raises Contended when one always does."""
    for _ in service.table.backoff.attempts():
        ledger = load_ledger(service, workspace)
        found = read(ledger)
        if ledger_number(service.table.get(keys.workflow_ledger(workspace))) == ledger.number:
            return found
    raise Contended("operations on workflows kept taking hold while they were read; try again")


def read_slots(service: Service, workspace: str, queries: Sequence[Query]) -> list[WorkflowSlot]:
    """Read the slots that some queries find, as they are stored."""
    return [read_workflow_slot(workspace, record.item) for record in read_all_of(service.table, queries)]
