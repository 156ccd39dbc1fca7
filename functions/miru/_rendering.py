"""What every resource is rendered with: for whom, in which version, and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from miru._expansion import Tree
from miru._versions import Version
from sluiceway.usecases.service import Service


def without(record: Mapping[str, object], name: str) -> dict[str, object]:
    """Return a record as a version shows it that does not know one of its members."""
    return {key: value for key, value in record.items() if key != name}


@dataclass(frozen=True, slots=True)
class Rendering:
    """Relations are read for all things of an answer at once."""

    service: Service
    workspace: str
    version: Version
    now: datetime

    def relation(self, expansions: Tree, name: str, value: Callable[[], object]) -> dict[str, object]:
        """Render a relation: what is not expanded is null in the older versions, and absent in the newer (1.3)."""
        if name in expansions:
            return {name: value()}
        return {} if self.version.is_tetons else {name: None}
