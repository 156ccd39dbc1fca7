"""How every Lambda function is made: from a row of a route or task table."""

# pyright: reportArgumentType=false
# CDK's classes call parameters otherwise than the interfaces that they implement, which Python cannot overlook.

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import AssetHashType, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from infra.constructs.access import Resources, statements

if TYPE_CHECKING:
    from infra.bundling import Bundle
    from sluiceway.http.routes import Route, Task

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64
LOG_RETENTION = logs.RetentionDays.THREE_MONTHS
"""Long enough to look back from a rollout's end to its begin."""


@dataclass(frozen=True, slots=True)
class Bundles:
    """The code that functions are made of; without `third_party` where the functions find it elsewhere."""

    core: Bundle
    third_party: Bundle | None
    surfaces: dict[str, Bundle]


class FunctionFactory:
    """Makes the functions of one stack, which share a surface's code and layers of the stack's own.

    A layer is never shared between stacks: an exported version cannot be replaced while another stack imports it.
    """

    def __init__(self, stack: Stack, surface: str, bundles: Bundles, resources: Resources) -> None:
        self._stack = stack
        self._surface = surface
        self._resources = resources
        self._code = _code(bundles.surfaces[surface])
        self._layers = self._make_layers(bundles)

    def make(self, row: Route | Task) -> lambda_.Function:
        """One function with its role and log group, allowed what its row says."""
        name = construct_id(row.module)
        log_group = self._make_log_group(name)
        return lambda_.Function(
            self._stack,
            name,
            code=self._code,
            handler=f"{self._surface}.{row.module}.handler",
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            layers=self._layers,
            memory_size=row.size.memory,
            timeout=Duration.seconds(row.size.timeout),
            role=self._make_role(name, row, log_group),
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            tracing=lambda_.Tracing.ACTIVE,
            environment={
                **self._resources.environment(),
                "POWERTOOLS_SERVICE_NAME": self._surface,
                "POWERTOOLS_METRICS_NAMESPACE": "Sluiceway",
            },
        )

    def _make_log_group(self, name: str) -> logs.LogGroup:
        return logs.LogGroup(self._stack, f"{name}Log", retention=LOG_RETENTION, removal_policy=RemovalPolicy.DESTROY)

    def _make_role(self, name: str, row: Route | Task, log_group: logs.LogGroup) -> iam.Role:
        role = iam.Role(self._stack, f"{name}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log_group.grant_write(role)
        for statement in statements(row.access, self._resources):
            role.add_to_policy(statement)
        return role

    def _make_layers(self, bundles: Bundles) -> list[lambda_.LayerVersion]:
        named = {"Core": bundles.core, "ThirdParty": bundles.third_party}
        return [
            lambda_.LayerVersion(
                self._stack,
                name,
                code=_code(bundle),
                compatible_runtimes=[RUNTIME],
                compatible_architectures=[ARCHITECTURE],
            )
            for name, bundle in named.items()
            if bundle is not None
        ]


def construct_id(module: str) -> str:
    """`deployments.create_deployment` is `CreateDeployment` in its stack; a service's folder is called likewise."""
    return module.rpartition(".")[2].title().replace("_", "")


def _code(bundle: Bundle) -> lambda_.Code:
    return lambda_.Code.from_asset(str(bundle.folder), asset_hash=bundle.digest, asset_hash_type=AssetHashType.CUSTOM)
