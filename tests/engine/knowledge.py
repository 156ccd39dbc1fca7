"""What could be known of each device at every moment, from the raw items that say it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sluiceway.domain.inventory_search import DeviceInventory, Term, matches
from sluiceway.storage import keys
from sluiceway.storage.device_items import read_entry
from sluiceway.storage.inventory_items import read_inventory
from sluiceway.storage.table import Item, Key
from tests.engine.recording import Step


class Knowledge:
    """Follows the list of devices and the inventories."""

    def __init__(self) -> None:
        self._items: dict[Key, Item] = {}
        self._lately: defaultdict[tuple[str, str], list[DeviceInventory]] = defaultdict(list)

    def begin(self) -> None:
        """Forget all moments but the present one."""
        for moments in self._lately.values():
            del moments[:-1]

    def follow(self, transaction: Sequence[Step]) -> None:
        """Remember what a transaction made known."""
        for step in transaction:
            self._items.pop(step.key, None)
            if step.after is not None:
                self._items[step.key] = step.after
        for workspace in {keys.workspace_of(step.key.pk) for step in transaction if _tells(step.key)}:
            self._note(workspace)

    def met_lately(self, workspace: str, device_id: str, terms: Iterable[Term]) -> bool:
        """Tell whether a device met the terms at any moment since the last beginning, or just before."""
        wanted = tuple(terms)
        return any(matches(moment, wanted) for moment in self._lately[workspace, device_id])

    def _note(self, workspace: str) -> None:
        for key, item in self._items.items():
            if key.pk == keys.device_directory(workspace):
                entry = read_entry(item)
                said = self._items.get(keys.inventory(workspace, entry.device_id))
                self._lately[workspace, entry.device_id].append(read_inventory(entry, said))


def _tells(key: Key) -> bool:
    return key.pk.endswith("#X#DEV") or "#INV#" in key.pk
