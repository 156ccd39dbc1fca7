"""Rules of the code that no linter has."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.surfaces import surface_names
from tests.unit.structure.sources import CORE, FUNCTIONS, IMPORT_ROOTS, ROOT, python_files, tree_of

LONGEST_FUNCTION = 60
IMPURE = frozenset(
    {"asyncio", "io", "logging", "os", "pathlib", "random", "secrets", "socket", "subprocess", "time", "uuid"}
)
CLOCKS = frozenset({"now", "utcnow", "today"})
DOMAIN = python_files(CORE / "sluiceway" / "domain")


def _relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("folder", ["functions", "layers", "infra", "tests"])
def test_no_function_is_longer_than_sixty_lines(folder: str) -> None:
    too_long = {
        f"{_relative(path)}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for path in python_files(ROOT / folder)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    }
    assert too_long == {}


def _imported(path: Path) -> set[str]:
    """Top-level names of the modules that a file imports."""
    names = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names


@pytest.mark.parametrize("path", DOMAIN, ids=_relative)
def test_the_domain_imports_the_standard_library_only_and_nothing_impure(path: Path) -> None:
    imported = _imported(path) - {"sluiceway"}
    assert imported <= sys.stdlib_module_names
    assert imported & IMPURE == set()


@pytest.mark.parametrize("path", DOMAIN, ids=_relative)
def test_the_domain_reads_no_clock(path: Path) -> None:
    called = [node.func for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]
    assert [func.attr for func in called if isinstance(func, ast.Attribute) and func.attr in CLOCKS] == []


@pytest.mark.parametrize("name", ["environ", "getenv"])
def test_only_the_runtime_reads_the_environment(name: str) -> None:
    readers = {
        _relative(path)
        for path in python_files(FUNCTIONS, CORE)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr == name
    }
    assert {reader for reader in readers if not reader.startswith("layers/core/python/sluiceway/runtime/")} == set()


def test_route_tables_need_no_third_party_package() -> None:
    tables = [f"{surface}._routes" for surface in surface_names()]
    modules = ", ".join([*tables, "workflow._tasks", "sluiceway.http.matching"])
    without_packages = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, IMPORT_ROOTS))}
    subprocess.run([sys.executable, "-S", "-c", f"import {modules}"], env=without_packages, check=True)
