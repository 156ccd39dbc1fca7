"""Updates that touch only what a decision changed, so that writers of other attributes are not undone."""

from __future__ import annotations

from sluiceway.storage.table import Condition, Item, Key, Update


def update_between(key: Key, before: Item, after: Item, condition: Condition) -> Update:
    """Turn the stored form `before` into `after`; `rev` is counted up, whatever the two say of it."""
    changed = {name: value for name, value in after.items() if name != "rev" and before.get(name) != value}
    gone = tuple(name for name in before if name != "rev" and name not in after)
    return Update(key, set=changed, add={"rev": 1}, remove=gone, condition=condition)
