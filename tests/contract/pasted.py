"""What the README tells its readers to paste."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.support.genuine import require_program, uv
from tests.support.service import ROOT, RunningService

_ENDS_WITHIN_SECONDS = 150


def clone_of(service: RunningService, folder: Path) -> Path:
    """A folder that has the credentials where a clone has them while it serves, and the programs of this one."""
    kept = folder / "clone" / ".local"
    kept.mkdir(parents=True)
    for name in (".venv", "functions", "infra", "layers"):
        (kept.parent / name).symlink_to(ROOT / name)
    (kept / "credentials.json").write_text(json.dumps(service.credentials))
    return kept.parent


def section(heading: str) -> str:
    """What is under a heading."""
    return (ROOT / "README.md").read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def session(heading: str) -> str:
    """What is to be pasted under a heading."""
    return "".join(sessions(heading))


def sessions(heading: str) -> list[str]:
    """What is to be pasted under a heading, each block by itself."""
    return [block.partition("```\n")[0] for block in section(heading).split("```sh\n")[1:]]


def with_uv() -> dict[str, str]:
    """The variables of commands that call uv, which keeps what it fetched below HOME."""
    return {"PATH": f"{Path(uv()).parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(Path.home())}


def paste(commands: str, folder: Path, **variables: str) -> str:
    """What bash prints for commands. What they leave running is killed."""
    for program in ("bash", "curl", "jq"):
        require_program(program)
    process = subprocess.Popen(
        ["bash", "-c", commands],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder), "HOME": str(folder), **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        return process.communicate(timeout=_ENDS_WITHIN_SECONDS)[0]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
