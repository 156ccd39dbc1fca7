"""Where the code is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
FUNCTIONS = ROOT / "functions"
CORE = ROOT / "layers" / "core" / "python"
EVENTS = ROOT / "events"
IMPORT_ROOTS = (FUNCTIONS, CORE, ROOT)


def python_files(*folders: Path) -> list[Path]:
    """Every Python file below some folders."""
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text())


def public_modules(package: str) -> set[str]:
    """Modules of a surface, relative to its folder, that do not begin with an underscore."""
    folder = FUNCTIONS / package
    return {".".join(path.relative_to(folder).with_suffix("").parts) for path in _public_files(folder)}


def _public_files(folder: Path) -> Iterator[Path]:
    return (path for path in python_files(folder) if not any(part.startswith("_") for part in path.parts))
