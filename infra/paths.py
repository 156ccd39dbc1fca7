"""Where things are in the repository."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = ROOT / "functions"
CORE_LAYER = ROOT / "layers" / "core"
REQUIREMENTS = ROOT / "layers" / "deps" / "requirements.txt"
STATE_MACHINES = ROOT / "infra" / "statemachines"


def use_import_roots() -> None:
    """Make the route tables importable under the names that they have in Lambda."""
    roots = [str(FUNCTIONS), str(CORE_LAYER / "python")]
    sys.path[:0] = [root for root in roots if root not in sys.path]
