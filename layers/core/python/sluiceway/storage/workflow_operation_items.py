"""Operations on workflow slots as items: the ledger that numbers them, and the one that is pending (data model 3.9).

Every operation takes hold by taking its number from the ledger, in one transaction with what it changes, or with the
operation itself when that is more than one transaction can change. None takes hold while another is pending.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from sluiceway.domain.choices import PlannedChoice
from sluiceway.domain.workflow_operation import (
    Detachment,
    Discontinuation,
    Operation,
    Release,
    Removal,
    Replacement,
    Wish,
)
from sluiceway.domain.workflow_slot import Actor, Content, Source
from sluiceway.storage import keys
from sluiceway.storage.moments import from_milliseconds, read_moment, stored_moment, to_milliseconds
from sluiceway.storage.table import Absent, AllOf, Check, Condition, Delete, Equal, Item, Present, Put, Update, Write

DUE_KIND = "workflow-operation"
_REPAIR_AFTER = timedelta(seconds=30)
_KINDS: Mapping[str, type[Removal | Discontinuation | Detachment]] = {
    kind.__name__: kind for kind in (Removal, Discontinuation, Detachment)
}


def ledger_number(stored: Item | None) -> int:
    """Return how many operations took hold."""
    return cast("int", (stored or {}).get("op", 0))


def pending_number(stored: Item | None) -> int | None:
    """Return the number of the operation that is pending, None when none is."""
    return ledger_number(stored) if "pending" in (stored or {}) else None


def renames(stored: Item | None) -> int:
    """Return how often workflows were renamed."""
    return cast("int", (stored or {}).get("renames", 0))


def count_rename(workspace: str) -> Update:
    """Count that a workflow was renamed, where each call of a device looks."""
    return Update(keys.workflow_ledger(workspace), add={"renames": 1})


def take_number(workspace: str, number: int) -> Update:
    """Let the operation of this number take hold, if it is the next one and none is pending."""
    return Update(keys.workflow_ledger(workspace), set={"op": number}, condition=_is_next(number))


def begin_operation(workspace: str, operation: Operation) -> list[Write]:
    """Let an operation take hold that is to be applied afterwards."""
    number = operation.number
    return [
        Update(keys.workflow_ledger(workspace), set={"op": number, "pending": True}, condition=_is_next(number)),
        Put(keys.workflow_operation(workspace, number), _item(workspace, operation), Absent()),
    ]


def still_pending(workspace: str, number: int) -> Check:
    """Hold only while an operation is pending: who comes late with a part of it does no harm."""
    return Check(keys.workflow_ledger(workspace), _is_pending(number))


def unchanged_ledger(workspace: str, number: int) -> Check:
    """Hold only while the operation of this number is the last one that took hold."""
    return Check(keys.workflow_ledger(workspace), Equal("op", number) if number else Absent("op"))


def end_operation(workspace: str, number: int) -> list[Write]:
    """Let others take hold after an operation of which every slot is stored."""
    return [
        Update(keys.workflow_ledger(workspace), remove=("pending",), condition=_is_pending(number)),
        Delete(keys.workflow_operation(workspace, number)),
    ]


def read_operation(stored: Item) -> Operation:
    """Return the operation of an item."""
    item = cast("Mapping[str, Any]", stored)
    kind, members = json.loads(zlib.decompress(item["z"]))
    return Operation(
        number=item["op"],
        wish=_read_wish(kind, members),
        source=Source(Actor(item["actor"]), item["source"]),
        time=from_milliseconds(item["at"]),
    )


def _item(workspace: str, operation: Operation) -> Item:
    wish = operation.wish
    text = json.dumps([type(wish).__name__, _members(wish)], separators=(",", ":"))
    return {
        "op": operation.number,
        "actor": str(operation.source.actor),
        "source": operation.source.id,
        "at": to_milliseconds(operation.time),
        "z": zlib.compress(text.encode()),
        **_due(workspace, operation),
    }


def _due(workspace: str, operation: Operation) -> Item:
    return {
        "G2PK": keys.due_index(workspace, str(operation.number)),
        "G2SK": keys.due_index_sort(operation.time + _REPAIR_AFTER, DUE_KIND),
    }


def _members(wish: Wish) -> object:
    match wish:
        case Release(contents, device_ids, planned):
            return [dict(contents), sorted(device_ids), _planned_members(planned) if planned else None]
        case Removal(workflow_id, device_id):
            return [workflow_id, device_id]
        case Replacement(workflow_id, version, content):
            return [workflow_id, version, content]
        case Discontinuation(one) | Detachment(one):
            return [one]


def _read_wish(kind: str, members: Any) -> Wish:  # noqa: ANN401 - of a shape that the kind says
    if kind == Release.__name__:
        contents, device_ids, planned = members
        wanted = {name: _read_content(each) for name, each in contents.items()}
        return Release(wanted, frozenset(device_ids), _read_planned(planned) if planned else None)
    if kind == Replacement.__name__:
        workflow_id, version, content = members
        return Replacement(workflow_id, version, _read_content(content))
    return _KINDS[kind](*members)


def _planned_members(planned: PlannedChoice) -> object:
    since, again = to_milliseconds(planned.since), stored_moment(planned.again)
    return [planned.place, since, planned.undoes, again, planned.takes, planned.over]


def _read_planned(members: Any) -> PlannedChoice:  # noqa: ANN401 - of the shape above
    place, since, undoes, again, takes, over = members
    return PlannedChoice(place, from_milliseconds(since), undoes, read_moment(again), takes, over)


def _read_content(stored: list[str] | None) -> Content | None:
    return Content(*stored) if stored else None


def _is_pending(number: int) -> Condition:
    return AllOf((Equal("op", number), Present("pending")))


def _is_next(number: int) -> Condition:
    """Hold for the number after the last one; who builds on that number has seen that nothing is pending."""
    return Absent("op") if number == 1 else Equal("op", number - 1)
