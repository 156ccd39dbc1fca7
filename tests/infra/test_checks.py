"""cdk-nag and cfn-lint look at everything, and each finding that we live with has its reason."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.paths import ROOT
from tests.infra.assembly import Assembly

SYNTHESISE_UNACKNOWLEDGED = """
import json, os, sys
from infra.node import node_environment
from infra.paths import use_import_roots
os.environ.update(node_environment())
use_import_roots()
from infra import acknowledgements
from infra.synthesis import build_app
acknowledged = [list(reasons) for reasons in acknowledgements.ACKNOWLEDGED.values()]
acknowledgements.ACKNOWLEDGED = {}
app = build_app(sys.argv[1], {"local": "true"})
try:
    app.synth()
except RuntimeError:
    pass
bucket = acknowledgements.exported_bucket(app)
print(json.dumps(sorted({finding.format(bucket=bucket) for findings in acknowledged for finding in findings})))
"""


@pytest.fixture(scope="module")
def acknowledged(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], dict[str, Any]]:
    """What is acknowledged, and what the checks report when nothing is."""
    outdir = tmp_path_factory.mktemp("cdk-unacknowledged")
    command = [sys.executable, "-c", SYNTHESISE_UNACKNOWLEDGED, str(outdir)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1]), json.loads((outdir / "validation-report.json").read_text())


def test_what_is_acknowledged_is_what_the_checks_find(acknowledged: tuple[list[str], dict[str, Any]]) -> None:
    known, report = acknowledged
    found = {violation["ruleName"] for plugin in report["pluginReports"] for violation in plugin["violations"]}
    assert sorted(found) == known


def test_both_sets_of_rules_are_applied(acknowledged: tuple[list[str], dict[str, Any]]) -> None:
    _, report = acknowledged
    assert {plugin["pluginName"] for plugin in report["pluginReports"]} == {"AwsSolutions", "Serverless"}


def test_cfn_lint_has_no_objection(assembly: Assembly) -> None:
    templates = [str(path) for path in sorted(Path(assembly.folder).glob("*.template.json"))]
    ignored = ["--ignore-checks", "W3005"]  # a DependsOn that CDK writes and the references already imply
    command = [str(Path(sys.executable).with_name("cfn-lint")), *ignored, "--template", *templates]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
