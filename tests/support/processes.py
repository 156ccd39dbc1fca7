"""What the kernel says of processes."""

from __future__ import annotations

from pathlib import Path


def descendants(process: int) -> set[int]:
    """Every process below one."""
    children = {
        int(child) for task in Path(f"/proc/{process}/task").glob("*/children") for child in task.read_text().split()
    }
    return children.union(*(descendants(child) for child in children))


def is_running(process: int) -> bool:
    """Whether a process goes on; one that has ended may wait for its parent to bury it."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
