from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SKIPPING = """
import pytest
def test_passes(): pass
def test_is_skipped(): pytest.skip("the program is not installed")
"""
XFAILING = """
import pytest
@pytest.mark.xfail(strict=True)
def test_is_expected_to_fail(): assert False
"""
PASSING = "def test_passes(): pass"


def run(folder: Path, text: str, pipeline: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_sample.py").write_text(text)
    (folder / "pytest.ini").write_text("[pytest]")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-ra",
        "--no-fold-skipped",
        "-p",
        "tests.conftest",
        "-p",
        "xdist",
        *options,
        str(folder),
    ]
    plain = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # the others have no part in it, and take long to import
    environment = {**os.environ, **plain, "SLUICEWAY_CI": pipeline, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("options", [(), ("--numprocesses", "1")])
@pytest.mark.parametrize("text", [SKIPPING, XFAILING])
def test_what_did_not_run_fails_the_pipeline_and_nothing_else(
    text: str, options: tuple[str, ...], tmp_path: Path
) -> None:
    assert run(tmp_path, text, "1", *options).returncode == 1
    assert run(tmp_path, text, "", *options).returncode == 0


def test_what_ran_passes_the_pipeline(tmp_path: Path) -> None:
    assert run(tmp_path, PASSING, "1").returncode == 0


def test_skipped_tests_are_named_in_the_last_lines(tmp_path: Path) -> None:
    last = run(tmp_path, SKIPPING, "").stdout.splitlines()[-2:]

    assert "test_sample.py::test_is_skipped" in last[0]
    assert "1 skipped" in last[1]
