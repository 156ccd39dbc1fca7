"""One synth of everything for all the tests here: the app as the command line runs it, layers included."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.service import ASSEMBLIES
from infra.local.synth import synthesised
from infra.paths import ROOT
from tests.infra.assembly import Assembly


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """What is deployed, synthesised once for all the workers of a run, which share the parent of their own folders."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    finished = shared / "deployed"
    with (shared / "deployed.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            unfinished = tmp_path_factory.mktemp("unfinished") / "cdk"
            synthesise(unfinished, {"alarm_topic": "arn:aws:sns:eu-central-1:111122223333:operators"})
            unfinished.rename(finished)
    return Assembly.read(finished)


def synthesise(outdir: Path, context: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "infra.app"],
        cwd=ROOT,
        env=os.environ | {"CDK_OUTDIR": str(outdir), "CDK_CONTEXT_JSON": json.dumps(context)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def local_assembly() -> Assembly:
    """What the local cloud deploys, which services that tests start have synthesised too."""
    return Assembly.read(synthesised(ASSEMBLIES))
