"""Requests that make something and that their callers may send again (miru contract 3.4).

Who shows an `Idempotency-Key` gets, for a day, what the first such request made, as it is by then. That it was made is
noted in the transaction that makes it, so that of several at once one makes it. A refused request left nothing behind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar, cast

from sluiceway.domain.errors import IdempotencyMismatch
from sluiceway.storage import keys
from sluiceway.storage.commit import Plan, commit
from sluiceway.storage.moments import to_milliseconds
from sluiceway.storage.table import Absent, AnyOf, Below, Item, Put, Write
from sluiceway.usecases.service import Service

KEPT_FOR = timedelta(hours=24)


class Made(Protocol):
    """What a request makes."""

    @property
    def id(self) -> str:
        """Its id."""
        ...


MadeT = TypeVar("MadeT", bound=Made)


@dataclass(frozen=True, slots=True)
class Once:
    """A request that is to be carried out once: the digests of which one it is, and of what it says."""

    workspace: str
    request: str
    body: str


def once_of(workspace: str, request: Sequence[str], body: bytes) -> Once:
    """Return a request that is known by the texts of `request` together."""
    return Once(workspace, keys.digest("\0".join(request)), hashlib.sha256(body).hexdigest())


def made_before(service: Service, once: Once | None, now: datetime) -> str | None:
    """Return the id of what the request made within a day, None when it is new. Raises IdempotencyMismatch."""
    stored = service.table.get(keys.idempotency(once.workspace, once.request)) if once else None
    if once is None or stored is None or cast("int", stored["ends"]) <= to_milliseconds(now):
        return None
    if stored["body"] != once.body:
        raise IdempotencyMismatch
    return str(stored["made"])


def commit_once(
    service: Service, once: Once | None, now: datetime, plan: Plan[MadeT], load: Callable[[str], MadeT]
) -> MadeT:
    """Commit what makes something, unless the same request did: then load that. Raises IdempotencyMismatch."""

    def planned() -> tuple[MadeT, Sequence[Write]]:
        existing = made_before(service, once, now)
        if existing is not None:
            return load(existing), []
        made, writes = plan()
        return made, [*writes, *_note(once, made.id, now)]

    return commit(service.table, planned)


def _note(once: Once | None, made_id: str, now: datetime) -> list[Write]:
    if once is None:
        return []
    ends = to_milliseconds(now + KEPT_FOR)
    unknown = AnyOf((Absent(), Below("ends", to_milliseconds(now) + 1)))
    item: Item = {"body": once.body, "made": made_id, "ends": ends, "ttl": ends // 1000 + 1}
    return [Put(keys.idempotency(once.workspace, once.request), item, unknown)]
