"""What a device's call loads on a cold start: a number of modules, since milliseconds depend on the machine.

The standard library is not counted, as it differs between versions of Python. Most of the rest is botocore (73), PyJWT
with the cryptography that it imports (60), Powertools (40) and urllib3 (28); a dozen are how a plan bounds offers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from infra.surfaces import route_tables
from sluiceway.http.routes import Caller, Route
from tests.unit.structure.sources import IMPORT_ROOTS

MOST_MODULES = 336
NEVER_NEEDED = {"pydantic", "boto3", "s3transfer", "asyncio", "python_multipart"}


def is_hot(route: Route) -> bool:
    """Whether a whole fleet calls it."""
    return route.caller is Caller.DEVICE


HOT = [
    *(f"{table.surface}.{route.module}" for table in route_tables() for route in table.routes if is_hot(route)),
    "mender.devauth.request_token",
    "mender.artifacts.download_artifact",
    "miru.agent.issue_token",
    "miru.agent.request_token",
]
_LOADED = "import json, sys; import {module}; print(json.dumps(sorted(sys.modules)))"


def modules_loaded_by(module: str) -> set[str]:
    """Modules of a fresh interpreter that has imported one."""
    printed = subprocess.run(
        [sys.executable, "-c", _LOADED.format(module=module)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, IMPORT_ROOTS))},
        capture_output=True,
        check=True,
        text=True,
    )
    return set(json.loads(printed.stdout))


@pytest.mark.parametrize("module", HOT)
def test_a_call_of_a_device_stays_inside_its_import_budget(module: str) -> None:
    loaded = modules_loaded_by(module)
    packages = {name.partition(".")[0] for name in loaded}
    assert packages & NEVER_NEEDED == set()
    counted = {name for name in loaded if name.partition(".")[0] not in sys.stdlib_module_names}
    assert len(counted) <= MOST_MODULES
