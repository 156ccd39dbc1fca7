"""Which stacks there are and what each is given."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from aws_cdk import App

from infra.acknowledgements import check_and_acknowledge
from infra.bundling import Bundler
from infra.constructs.access import Resources
from infra.constructs.functions import Bundles, construct_id
from infra.services import by_service
from infra.stacks.data import DEVICES_OF_DEPLOYMENT_INDEX, DataStack
from infra.stacks.monitoring import MonitoringStack
from infra.stacks.surface import ServiceStack, SurfaceStack
from infra.stacks.workflow import WorkflowStack
from infra.surfaces import RouteTable, route_tables, surface_names

FEATURES = {
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True,  # access control lists are off on every bucket
    "@aws-cdk/core:validateAgainstDefaultRules": True,  # what CDK finds wrong in a template ends the synth
}


def build_app(outdir: str, context: dict[str, str] | None = None) -> App:
    """Every stack of Sluiceway, ready for `synth()`. Raises BundlingError."""
    app = App(outdir=outdir, context={**FEATURES, **(context or {})})
    with TemporaryDirectory() as folder:  # CDK copies an asset when a construct takes it
        _add_stacks(app, _make_bundles(Path(folder), local=_is_local(app)))
    check_and_acknowledge(app)
    return app


def _is_local(app: App) -> bool:
    return str(app.node.try_get_context("local")).lower() == "true"


def _make_bundles(folder: Path, *, local: bool) -> Bundles:
    bundler = Bundler(folder, compiled=not local)
    return Bundles(
        core=bundler.core_layer(),
        third_party=None if local else bundler.third_party_layer(),
        surfaces={name: bundler.surface(name) for name in ("workflow", *surface_names())},
    )


def _add_stacks(app: App, bundles: Bundles) -> None:
    data = DataStack(app, "Sluiceway-Data")
    workflow = WorkflowStack(app, "Sluiceway-Workflow", data=data, bundles=bundles)
    resources = data.resources((DEVICES_OF_DEPLOYMENT_INDEX,), workflow.machines)
    surfaces = [_add_surface(app, table, bundles, resources) for table in route_tables()]
    alarm_topic = app.node.try_get_context("alarm_topic")
    MonitoringStack(
        app, "Sluiceway-Monitoring", data=data, workflow=workflow, surfaces=surfaces, alarm_topic=alarm_topic
    )


def _add_surface(app: App, table: RouteTable, bundles: Bundles, resources: Resources) -> SurfaceStack:
    routes = by_service(table.routes)
    name = f"Sluiceway-{table.surface.title()}"
    stack = SurfaceStack(app, name, surface=table.surface, default=routes.default, bundles=bundles, resources=resources)
    for service, members in routes.services.items():
        ServiceStack(
            app, f"{name}-{construct_id(service)}", surface=stack, routes=members, bundles=bundles, resources=resources
        )
    return stack
