"""What calls to the table cost, for tests that hold a use case to its budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Usage:
    """Requests sent and the capacity they spent: read units of 4 KB, write units of 1 KB with those of the indexes."""

    calls: int = 0
    read_units: float = 0.0
    write_units: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.calls + other.calls,
            self.read_units + other.read_units,
            self.write_units + other.write_units,
        )


Observer: TypeAlias = Callable[[Usage], None]
"""Called after each request, from whichever thread sent it."""
