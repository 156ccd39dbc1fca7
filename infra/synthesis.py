"""Which stacks there are and what each is given."""

from __future__ import annotations

from aws_cdk import App

from infra.stacks.data import DataStack

FEATURES = {
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True,  # access control lists are off on every bucket
    "@aws-cdk/core:validateAgainstDefaultRules": True,  # what CDK finds wrong in a template ends the synth
}


def build_app(outdir: str, context: dict[str, str] | None = None) -> App:
    """Every stack of Sluiceway, ready for `synth()`."""
    app = App(outdir=outdir, context={**FEATURES, **(context or {})})
    DataStack(app, "Sluiceway-Data")
    return app
