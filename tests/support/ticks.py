"""A tick for tests: the first failure ends it."""

from __future__ import annotations

from datetime import datetime

from sluiceway.usecases.due_work import due_work, repair
from sluiceway.usecases.service import Service


def repair_due(service: Service, now: datetime) -> int:
    """Finish what is due, and return how many pieces of work that was."""
    return sum(repair(service, record, now) for record in due_work(service, now))
