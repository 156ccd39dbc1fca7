"""The rules that every synth is checked against, and the findings that we live with, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from infra.stacks.data import DataStack
from infra.stacks.surface import ServiceStack, SurfaceStack
from infra.stacks.workflow import WorkflowStack
from sluiceway.artifacts.object_keys import ARTIFACTS, CONFIGS, INCOMING, LOGS, WORKFLOWS

if TYPE_CHECKING:
    from constructs import IConstruct

_RUNTIME = (
    "3.13 is supported until June 2029. Its successor is a decision: the wheels, the bytecode and the tests follow."
)

_TICK = "A tick that is lost is made good by the next, a minute later; an alarm tells when none comes through."

_FUNCTIONS = {
    "AwsSolutions-L1": _RUNTIME,
    "Serverless-LambdaLatestVersion": _RUNTIME,
    "AwsSolutions-IAM5[Resource::*]": (
        "X-Ray takes no resource, nor does CloudWatch for composite alarms: xray:PutTraceSegments and "
        "PutTelemetryRecords, cloudwatch:DescribeAlarms only."
    ),
    "Serverless-LambdaDLQ": "API Gateway and Step Functions wait for the answer, and the tick is repeated in a minute.",
}

_OBJECTS = {
    f"AwsSolutions-IAM5[Resource::{{bucket}}/{kind}/*]": (
        "The bucket is private to these functions; an object's key is not known before the request."
    )
    for kind in (ARTIFACTS, CONFIGS, LOGS, INCOMING, WORKFLOWS)
}
"""`{bucket}` stands for what the bucket's ARN is exported as, which CDK makes up."""

_API = {
    "AwsSolutions-APIG4": (
        "The handler checks the credentials, since API Gateway's own refusals cannot have the bodies that the genuine "
        "clients read."
    ),
}

ACKNOWLEDGED: Mapping[type[IConstruct], Mapping[str, str]] = {
    DataStack: {
        "AwsSolutions-SMG4": (
            "A new key ends every session and cuts devices off until they authenticate again: it is the operator's "
            "decision, not a schedule's."
        ),
    },
    WorkflowStack: {
        **_FUNCTIONS,
        **_OBJECTS,
        "Serverless-EventBusDLQ": _TICK,
        "Serverless-LambdaAsyncFailureDestination": _TICK,
    },
    SurfaceStack: {**_FUNCTIONS, **_API},
    ServiceStack: {**_FUNCTIONS, **_API, **_OBJECTS},
}


def check_and_acknowledge(app: App) -> None:
    """Make `synth()` fail on every finding that is not acknowledged here."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    bucket = exported_bucket(app)
    for stack in app.node.children:
        for finding, reason in ACKNOWLEDGED.get(type(stack), {}).items():
            Validations.of(stack).acknowledge(Acknowledgment(id=finding.format(bucket=bucket), reason=reason))


def exported_bucket(app: App) -> str:
    """Return the name under which other stacks import the ARN of the bucket."""
    (data,) = (stack for stack in app.node.children if isinstance(stack, DataStack))
    exported: dict[str, str] = data.resolve(data.export_value(data.bucket.bucket_arn))
    return exported["Fn::ImportValue"]
