"""One dialect: an HTTP API with its `$default` route, and a stack of functions for each service behind it."""

# pyright: reportArgumentType=false
# CDK's classes call parameters otherwise than the interfaces that they implement, which Python cannot overlook.

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsii
from aws_cdk import Aws, CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_logs as logs
from aws_cdk.aws_apigateway import AccessLogFormat
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration

from infra.constructs.functions import LOG_RETENTION, Bundles, FunctionFactory, construct_id
from sluiceway.http.routes import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constructs import Construct

    from infra.constructs.access import Resources
    from sluiceway.http.routes import Route

REQUESTS_PER_SECOND = 2000
"""A fleet of 1,000,000 devices that polls every ten minutes makes 1,700 a second; a runaway script stops here."""

REQUESTS_AT_ONCE = 1000
"""The account's default number of concurrent functions: what comes above it would only be refused later."""

ACCESS_LOG_FIELDS = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "sourceIp": "$context.identity.sourceIp",
    "routeKey": "$context.routeKey",
    "status": "$context.status",
    "protocol": "$context.protocol",
    "responseLength": "$context.responseLength",
    "responseLatency": "$context.responseLatency",
    "integrationError": "$context.integrationErrorMessage",
}
"""No path and no query: a download's path carries its token."""


@jsii.implements(apigateway.IAccessLogSettings)
class _AccessLog:
    """One JSON object per request."""

    def __init__(self, log_group: logs.LogGroup) -> None:
        self._destination = apigateway.LogGroupLogDestination(log_group)
        self._format = AccessLogFormat.custom(json.dumps(ACCESS_LOG_FIELDS))

    @property
    def destination(self) -> apigateway.LogGroupLogDestination:
        return self._destination

    @property
    def format(self) -> AccessLogFormat:
        return self._format


class SurfaceStack(Stack):
    """The API of a surface. Only `$default` is routed here; the services route to it from their own stacks."""

    def __init__(
        self, scope: Construct, name: str, *, surface: str, default: Route, bundles: Bundles, resources: Resources
    ) -> None:
        super().__init__(scope, name)
        self.surface = surface
        self.api = apigateway.HttpApi(self, "Api", create_default_stage=False, description=f"Sluiceway {surface}")
        self._make_stage()
        add_routes(self, self.api, FunctionFactory(self, surface, bundles, resources), [default])
        url = f"https://{self.api.api_id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}"
        CfnOutput(self, f"{surface.title()}Url", value=url)

    def _make_stage(self) -> None:
        log_group = logs.LogGroup(self, "AccessLog", retention=LOG_RETENTION, removal_policy=RemovalPolicy.DESTROY)
        apigateway.HttpStage(
            self,
            "DefaultStage",
            http_api=self.api,
            stage_name="$default",
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(rate_limit=REQUESTS_PER_SECOND, burst_limit=REQUESTS_AT_ONCE),
            access_log_settings=_AccessLog(log_group),
        )


class ServiceStack(Stack):
    """The routes and functions of one service of a surface."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        surface: SurfaceStack,
        routes: list[Route],
        bundles: Bundles,
        resources: Resources,
    ) -> None:
        super().__init__(scope, name)
        add_routes(self, surface.api, FunctionFactory(self, surface.surface, bundles, resources), routes)


def add_routes(stack: Stack, api: apigateway.HttpApi, functions: FunctionFactory, routes: Iterable[Route]) -> None:
    """Route each, at all its paths, to a function of its own."""
    for route in routes:
        name = construct_id(route.module)
        integration = HttpLambdaIntegration(f"{name}Integration", functions.make(route))
        for number, path in enumerate(route.paths):
            apigateway.HttpRoute(
                stack,
                f"{name}Route{number or ''}",
                http_api=api,
                route_key=_route_key(route, path),
                integration=integration,
            )


def _route_key(route: Route, path: str) -> apigateway.HttpRouteKey:
    if path == DEFAULT:
        return apigateway.HttpRouteKey.DEFAULT
    return apigateway.HttpRouteKey.with_(path, apigateway.HttpMethod[route.method])
