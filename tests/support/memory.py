"""The memory of this process as Linux counts it, that of native code included."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

ResultT = TypeVar("ResultT")
_SELF = Path("/proc/self")
_RESET_THE_PEAK = "5"


def with_memory_taken(work: Callable[[], ResultT]) -> tuple[ResultT, int]:
    """Do a piece of work, and return with what came of it by how many bytes the process grew at most meanwhile."""
    (_SELF / "clear_refs").write_text(_RESET_THE_PEAK)
    before = _status("VmRSS")
    result = work()
    return result, _status("VmHWM") - before


def _status(field: str) -> int:
    """A field of the process's status, in bytes."""
    text = (_SELF / "status").read_text()
    return int(text.partition(f"{field}:")[2].split()[0]) * 1024
