"""Unmodified programs of other vendors that tests drive."""

from __future__ import annotations

import shutil

import pytest


def require_program(name: str) -> str:
    """The path of a program; without it the test is skipped."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed: apt-get install {name}")
    return path
