"""The CDK app. `python -m infra.app` synthesises every stack into `$CDK_OUTDIR` (`cdk.out` when it is not set).

Context, from `cdk … -c name=value` or from JSON in `$CDK_CONTEXT_JSON`:

- `local=true`: for the local cloud. The third-party layer is left out: its wheels are for arm64, and functions that run
  on this machine take the locked environment that the local cloud runs in.
"""

from __future__ import annotations

import os

from infra.bundling import BundlingError
from infra.node import node_environment
from infra.paths import use_import_roots


def main() -> None:
    """Synthesise; a finding of a check that nobody has acknowledged ends it with an error."""
    os.environ.update(node_environment())
    use_import_roots()
    from infra.synthesis import build_app  # noqa: PLC0415 - importing aws_cdk starts Node, so Node is found first

    try:
        app = build_app(outdir=os.environ.get("CDK_OUTDIR", "cdk.out"))
    except BundlingError as error:
        raise SystemExit(f"error: {error}") from error
    app.synth()


if __name__ == "__main__":
    main()
