"""`python -m infra.local serve` and its like."""

import os
import sys

from infra.paths import use_import_roots

use_import_roots()

from infra.local.cli import main  # noqa: E402 -- the import roots come first

if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a handler past its time-out may still run in its thread, and would be waited for
