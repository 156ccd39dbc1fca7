"""Tick of each minute: finish what a process began and did not end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sluiceway.runtime import wiring
from sluiceway.runtime.clock import now
from sluiceway.runtime.logs import logger
from sluiceway.storage.table import Record
from sluiceway.usecases.due_work import due_work, put_back, repair
from sluiceway.usecases.service import Service


class DueWorkFailedError(RuntimeError):
    """Some pieces of work failed; each is in the log with its key and its error, and is due again in a minute."""


def handler(_event: Mapping[str, Any], _context: object) -> dict[str, int]:
    """Return how many pieces of work were finished. Raises DueWorkFailedError once the others are through."""
    service, moment = wiring.service(), now()
    outcomes = [(record, _finish(service, record, moment)) for record in due_work(service, moment)]
    repaired = sum(finished is True for _, finished in outcomes)
    if repaired:
        logger.info("repaired due work", pieces=repaired)
    failed = [record for record, finished in outcomes if finished is None]
    for record in failed:
        put_back(service, record, moment)
    if failed:
        raise DueWorkFailedError(f"{len(failed)} pieces of due work failed: see the errors above")
    return {"repaired": repaired}


def _finish(service: Service, record: Record, moment: datetime) -> bool | None:
    """Tell whether there was something to finish; None when that failed, which is no reason to leave out the rest."""
    try:
        return repair(service, record, moment)
    except Exception:  # noqa: BLE001 - the task's edge, the one place where anything may be caught
        logger.exception("due work failed", partition=record.key.pk, sort_key=record.key.sk)
        return None
