"""The stacks together are the routes, stay clear of the limits, and print what operators and tools look up."""

from __future__ import annotations

from infra.services import ROUTES_PER_STACK
from mender._routes import ROUTES
from tests.infra.assembly import Assembly

STACKS = {
    "Sluiceway-Data",
    "Sluiceway-Workflow",
    "Sluiceway-Monitoring",
    "Sluiceway-Mender",
    "Sluiceway-Mender-Artifacts",
    "Sluiceway-Mender-Deployments",
    "Sluiceway-Mender-Devauth",
    "Sluiceway-Mender-Docs",
    "Sluiceway-Mender-Inventory",
    "Sluiceway-Mender-Releases",
    "Sluiceway-Mender-Useradm",
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


def test_every_route_is_served_by_its_own_function(assembly: Assembly) -> None:
    served = {}
    for route in assembly.resources("AWS::ApiGatewayV2::Route"):
        resources = assembly.templates[route.stack]["Resources"]
        integration = resources[route.properties["Target"]["Fn::Join"][1][1]["Ref"]]["Properties"]
        assert integration["PayloadFormatVersion"] == "2.0"
        function = resources[integration["IntegrationUri"]["Fn::GetAtt"][0]]["Properties"]
        assert route.properties["RouteKey"] not in served
        served[route.properties["RouteKey"]] = function["Handler"]
    assert served == {route.key: f"mender.{route.module}.handler" for route in ROUTES}


def test_api_gateway_may_invoke_every_routed_function(assembly: Assembly) -> None:
    allowed = {
        (permission.stack, permission.properties["FunctionName"]["Fn::GetAtt"][0])
        for permission in assembly.resources("AWS::Lambda::Permission")
        if permission.properties["Principal"] == "apigateway.amazonaws.com"
    }
    routed = {
        (function.stack, function.logical_id)
        for handler, function in assembly.functions().items()
        if handler.startswith("mender.")
    }
    assert allowed == routed


def test_a_stack_stays_far_from_the_limits_of_cloudformation(assembly: Assembly) -> None:
    for stack, template in assembly.templates.items():
        routes = [route for route in assembly.resources("AWS::ApiGatewayV2::Route") if route.stack == stack]
        assert len(routes) <= ROUTES_PER_STACK, stack
        assert len(template["Resources"]) <= 450, stack
        assert len(template.get("Outputs", {})) <= 180, stack


def test_an_api_stays_inside_its_300_routes(assembly: Assembly) -> None:
    assert len(list(assembly.resources("AWS::ApiGatewayV2::Route"))) <= 300


def test_the_local_engine_takes_every_type(assembly: Assembly) -> None:
    used = {entry["Type"] for template in assembly.templates.values() for entry in template["Resources"].values()}
    assert not used & REFUSED_BY_THE_LOCAL_ENGINE
    assert not {name for name in used if name.startswith("Custom::") or name == "AWS::CloudFormation::CustomResource"}


def test_the_default_stage_is_throttled_and_logs_no_path(assembly: Assembly) -> None:
    (stage,) = assembly.resources("AWS::ApiGatewayV2::Stage")
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
        "CreateWorkspaceFunction": "${CreateWorkspace}",
        "MenderUrl": "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}",
    }


def test_every_alarm_notifies_the_topic_and_says_what_is_wrong(assembly: Assembly) -> None:
    alarms = list(assembly.resources("AWS::CloudWatch::Alarm"))
    assert {alarm.name for alarm in alarms} == {
        "MenderErrors",
        "MenderSlow",
        "TableThrottled",
        "FunctionsThrottled",
        "RetriesNotAnnounced",
        "PhasesNotOpened",
        "UploadsNotVerified",
        "TickStopped",
    }
    for alarm in alarms:
        assert alarm.properties["AlarmActions"] == ["arn:aws:sns:eu-central-1:111122223333:operators"]
        assert alarm.properties["AlarmDescription"]


def test_alarms_notify_nobody_when_no_topic_is_given(local_assembly: Assembly) -> None:
    alarms = list(local_assembly.resources("AWS::CloudWatch::Alarm"))
    assert alarms
    assert not [alarm for alarm in alarms if "AlarmActions" in alarm.properties]
