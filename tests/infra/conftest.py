"""One synth of everything for all the tests here: the app as the command line runs it, layers included."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.paths import ROOT
from tests.infra.assembly import Assembly


def synthesise(outdir: Path, **context: str) -> subprocess.CompletedProcess[str]:
    settings = ",".join(f'"{name}": "{value}"' for name, value in context.items())
    return subprocess.run(
        [sys.executable, "-m", "infra.app"],
        cwd=ROOT,
        env=os.environ | {"CDK_OUTDIR": str(outdir), "CDK_CONTEXT_JSON": f"{{{settings}}}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    outdir = tmp_path_factory.mktemp("cdk")
    done = synthesise(outdir, alarm_topic="arn:aws:sns:eu-central-1:111122223333:operators")
    assert done.returncode == 0, done.stdout + done.stderr
    return Assembly.read(outdir)


@pytest.fixture(scope="session")
def local_assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    outdir = tmp_path_factory.mktemp("cdk-local")
    done = synthesise(outdir, local="true")
    assert done.returncode == 0, done.stdout + done.stderr
    return Assembly.read(outdir)
