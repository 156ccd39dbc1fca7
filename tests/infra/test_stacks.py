"""The stacks together are the routes, stay clear of the limits, and print what operators and tools look up."""

from __future__ import annotations

from collections import Counter

import pytest

from infra.surfaces import route_tables
from sluiceway.http.routes import DEFAULT
from tests.infra.assembly import Assembly

TABLES = route_tables()
SURFACES = [table.surface for table in TABLES]
STACKS = {
    "Sluiceway-Data",
    "Sluiceway-Workflow",
    "Sluiceway-Monitoring",
    *(f"Sluiceway-{surface.title()}" for surface in SURFACES),
    *(
        f"Sluiceway-{table.surface.title()}-{route.module.partition('.')[0].title().replace('_', '')}"
        for table in TABLES
        for route in table.routes
        if route.path != DEFAULT
    ),
}

REFUSED_BY_THE_LOCAL_ENGINE = {
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::Budgets::Budget",
    "AWS::CloudFront::KeyGroup",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::Events::Archive",
    "AWS::Events::Connection",
    "AWS::SecretsManager::RotationSchedule",
    "AWS::StepFunctions::StateMachineAlias",
    "AWS::StepFunctions::StateMachineVersion",
    "AWS::WAFv2::WebACLAssociation",
}


def test_the_stacks_are_split_by_service(assembly: Assembly) -> None:
    assert set(assembly.templates) == STACKS


def surface_of(stack: str) -> str:
    """`mender` for Sluiceway-Mender-Devauth."""
    return stack.split("-")[1].lower()


def test_every_path_of_a_route_is_served_by_its_own_function_in_the_api_of_its_surface(assembly: Assembly) -> None:
    served = {}
    for route in assembly.resources("AWS::ApiGatewayV2::Route"):
        resources = assembly.templates[route.stack]["Resources"]
        integration = resources[route.properties["Target"]["Fn::Join"][1][1]["Ref"]]["Properties"]
        assert integration["PayloadFormatVersion"] == "2.0"
        function = resources[integration["IntegrationUri"]["Fn::GetAtt"][0]]["Properties"]
        key = surface_of(route.stack), route.properties["RouteKey"]
        assert key not in served
        served[key] = function["Handler"]
    assert served == {
        (table.surface, route.key_at(path)): f"{table.surface}.{route.module}.handler"
        for table in TABLES
        for route in table.routes
        for path in route.paths
    }


def test_each_surface_has_one_api(assembly: Assembly) -> None:
    apis = [api.stack for api in assembly.resources("AWS::ApiGatewayV2::Api")]
    assert sorted(apis) == [f"Sluiceway-{surface.title()}" for surface in SURFACES]


def test_no_api_answers_preflights_itself(assembly: Assembly) -> None:
    apis = list(assembly.resources("AWS::ApiGatewayV2::Api"))
    assert [api.stack for api in apis if "CorsConfiguration" in api.properties] == []


def test_api_gateway_may_invoke_every_function_once_for_each_path(assembly: Assembly) -> None:
    allowed = Counter(
        (permission.stack, permission.properties["FunctionName"]["Fn::GetAtt"][0])
        for permission in assembly.resources("AWS::Lambda::Permission")
        if permission.properties["Principal"] == "apigateway.amazonaws.com"
    )
    functions = assembly.functions()
    routed = {
        (function.stack, function.logical_id): len(route.paths)
        for table in TABLES
        for route in table.routes
        for function in [functions[f"{table.surface}.{route.module}.handler"]]
    }
    assert allowed == routed


def test_a_stack_stays_far_from_the_limits_of_cloudformation(assembly: Assembly) -> None:
    for stack, template in assembly.templates.items():
        assert len(template["Resources"]) <= 450, stack
        assert len(template.get("Outputs", {})) <= 180, stack


def test_an_api_stays_inside_its_300_routes(assembly: Assembly) -> None:
    routes = Counter(surface_of(route.stack) for route in assembly.resources("AWS::ApiGatewayV2::Route"))
    assert set(routes) == set(SURFACES)
    assert max(routes.values()) <= 300


def test_the_local_engine_takes_every_type(assembly: Assembly) -> None:
    used = {entry["Type"] for template in assembly.templates.values() for entry in template["Resources"].values()}
    assert not used & REFUSED_BY_THE_LOCAL_ENGINE
    assert not {name for name in used if name.startswith("Custom::") or name == "AWS::CloudFormation::CustomResource"}


@pytest.mark.parametrize("surface", SURFACES)
def test_the_default_stage_is_throttled_and_logs_no_path(assembly: Assembly, surface: str) -> None:
    (stage,) = (each for each in assembly.resources("AWS::ApiGatewayV2::Stage") if surface_of(each.stack) == surface)
    assert stage.properties["StageName"] == "$default"
    assert stage.properties["AutoDeploy"] is True
    settings = stage.properties["DefaultRouteSettings"]
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (2000, 1000)
    log_format = stage.properties["AccessLogSettings"]["Format"]
    assert "$context.requestId" in log_format
    assert "$context.path" not in log_format  # a download's path is its credential


def test_the_tick_comes_every_minute_and_is_not_repeated(assembly: Assembly) -> None:
    (rule,) = assembly.resources("AWS::Events::Rule")
    assert rule.properties["ScheduleExpression"] == "rate(1 minute)"
    (target,) = rule.properties["Targets"]
    assert assembly.render(target["Arn"]) == "${RepairDue.Arn}"
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0}
    (invoked,) = assembly.resources("AWS::Lambda::EventInvokeConfig")
    assert assembly.render(invoked.properties["FunctionName"]) == "${RepairDue}"
    assert (invoked.properties["MaximumEventAgeInSeconds"], invoked.properties["MaximumRetryAttempts"]) == (60, 0)


def test_the_stacks_print_what_is_looked_up(assembly: Assembly) -> None:
    printed = {name: value for name, value in assembly.outputs().items() if not name.startswith("ExportsOutput")}
    assert printed == {
        "TableName": "${Table}",
        "BucketName": "${Artifacts}",
        "SigningKeyArn": "${SigningKey.Id}",
        "RetryMachineArn": "${Retry}",
        "RolloutMachineArn": "${Rollout}",
        "VerifyMachineArn": "${Verification}",
        "DeliverMachineArn": "${Delivery}",
        "CreateApiKeyFunction": "${CreateApiKey}",
        "CreateApplicationTokenFunction": "${CreateApplicationToken}",
        "CreateWorkspaceFunction": "${CreateWorkspace}",
        **{
            f"{surface.title()}Url": "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}"
            for surface in SURFACES
        },
    }


def test_every_alarm_notifies_the_topic_and_says_what_is_wrong(assembly: Assembly) -> None:
    alarms = list(assembly.resources("AWS::CloudWatch::Alarm"))
    assert {alarm.name for alarm in alarms} == {
        *(f"{surface.title()}{what}" for surface in SURFACES for what in ("Errors", "Slow")),
        "TableThrottled",
        "FunctionsThrottled",
        "RetriesNotAnnounced",
        "PhasesNotOpened",
        "UploadsNotVerified",
        "EventsNotDelivered",
        "TickStopped",
    }
    for alarm in alarms:
        assert alarm.properties["AlarmActions"] == ["arn:aws:sns:eu-central-1:111122223333:operators"]
        assert alarm.properties["AlarmDescription"]


def test_alarms_notify_nobody_when_no_topic_is_given(local_assembly: Assembly) -> None:
    alarms = list(local_assembly.resources("AWS::CloudWatch::Alarm"))
    assert alarms
    assert not [alarm for alarm in alarms if "AlarmActions" in alarm.properties]
