from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.service import ROOT

UV = """#!/bin/sh
echo 'uv says something'
mkdir -p .venv/bin
printf '#!/bin/sh\necho "{\\"arguments\\": \\"$*\\"}"\n' > .venv/bin/python
chmod 755 .venv/bin/python
"""
"""Sets up an environment whose Python prints what it was called with."""


@pytest.fixture
def fresh_clone(tmp_path: Path) -> Path:
    """What `make` needs of a clone without a virtual environment, and a stand-in for uv on PATH."""
    for name in ("Makefile", "uv.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "tools").mkdir()
    uv = tmp_path / "tools" / "uv"
    uv.write_text(UV)
    uv.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("target", ["run", "serve", "workspace"])
def test_every_command_sets_a_fresh_clone_up_and_prints_nothing_of_that(fresh_clone: Path, target: str) -> None:
    variables = {**os.environ, "PATH": f"{fresh_clone / 'tools'}{os.pathsep}{os.environ['PATH']}"}
    made = subprocess.run(
        ["make", "--no-print-directory", target],
        cwd=fresh_clone,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (made.returncode, made.stdout) == (0, f'{{"arguments": "-m infra.local {target}"}}\n'), made.stderr
    assert "uv says something" in made.stderr
