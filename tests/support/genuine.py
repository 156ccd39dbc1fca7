"""Unmodified programs of other vendors that tests drive."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.node import NODE_BIN, NPM_CLI

_NPM_CI = ("ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel", "error")


def require_program(name: str) -> str:
    """The path of a program; without it the test is skipped."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed: apt-get install {name}")
    return path


def require_package(requirement: str, module: str) -> None:
    """Skip the test if uv cannot fetch a package of PyPI; the module is what it brings."""
    fetched = subprocess.run(
        [*python_with(requirement), "-c", f"import {module}"], capture_output=True, text=True, check=False
    )
    if fetched.returncode:
        pytest.skip(f"uv cannot fetch {requirement}: {fetched.stderr.strip()}")


def uv() -> str:
    """The uv of the Makefile, or the one on PATH; without it the test is skipped."""
    path = os.environ.get("UV") or shutil.which("uv")
    if path is None:
        pytest.skip("uv is not installed, which fetches genuine packages from PyPI: pip install uv")
    return path


def python_with(requirement: str) -> list[str]:
    """Python in an environment that has a package of PyPI and nothing else; `isolated` keeps our own out of it."""
    environment = ["--isolated", "--no-project", "--quiet", "--python", sys.executable, "--with", requirement]
    return [uv(), "run", *environment, "python"]


def node() -> str:
    """The Node.js of the lock file of Python packages."""
    return str(NODE_BIN / "node")


def npm_packages(lock_file: Path, folder: Path) -> Path:
    """The packages that a lock file of npm names, in a folder, fetched once; without them the test is skipped."""
    packages = folder / "node_modules"
    folder.mkdir(exist_ok=True)
    with (folder / "fetching").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not packages.exists():
            _fetch(lock_file, folder)
    return packages


def _fetch(lock_file: Path, folder: Path) -> None:
    for name in ("package.json", lock_file.name):
        shutil.copy(lock_file.with_name(name), folder)
    fetched = subprocess.run([node(), NPM_CLI, *_NPM_CI], cwd=folder, capture_output=True, text=True, check=False)
    if fetched.returncode:
        pytest.skip(f"npm cannot fetch what {lock_file} names: {fetched.stderr.strip()}")
