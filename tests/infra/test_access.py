"""A function may do what its row of the route or task table says, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.surfaces import route_tables
from sluiceway.http.routes import Access, Caller, Route, Task
from tests.infra.assembly import Assembly, Resource
from workflow._tasks import TASKS

ROWS: dict[str, Route | Task] = {
    **{f"{table.surface}.{route.module}.handler": route for table in route_tables() for route in table.routes},
    **{f"workflow.{task.module}.handler": task for task in TASKS},
}

TABLE = "${Table.Arn}"
ARTIFACTS = "${Artifacts.Arn}/artifacts/*"
CONFIGS = "${Artifacts.Arn}/configs/*"
WORKFLOWS = "${Artifacts.Arn}/workflows/*"
LOGS = "${Artifacts.Arn}/logs/*"
INCOMING = "${Artifacts.Arn}/incoming/*"
MACHINE = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:Sluiceway-Retry"
ROLLOUT_MACHINE = MACHINE.replace("Retry", "Rollout")
VERIFY_MACHINE = MACHINE.replace("Retry", "VerifyUpload")
DELIVER_MACHINE = MACHINE.replace("Retry", "DeliverEvent")
EVENT_BUS = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"

ALLOWED = {
    Access.TABLE_READ: {(f"dynamodb:{call}", TABLE) for call in ("BatchGetItem", "GetItem", "Query")},
    Access.TABLE_WRITE: {
        (f"dynamodb:{call}", TABLE)
        for call in ("BatchWriteItem", "ConditionCheckItem", "DeleteItem", "PutItem", "UpdateItem")
    },
    Access.NOTE_USE: {("dynamodb:UpdateItem", f"{TABLE} in W#*#TOK#* or W#*#X#KEY")},
    Access.INDEX_READ: {("dynamodb:Query", f"{TABLE}/index/GSI1")},
    Access.BUCKET_LIST: {("s3:ListBucket", "${Artifacts.Arn}")},
    Access.ARTIFACTS_READ: {("s3:GetObject", ARTIFACTS), ("s3:GetObjectVersion", ARTIFACTS)},
    Access.ARTIFACTS_WRITE: {("s3:PutObject", ARTIFACTS)},
    Access.ARTIFACTS_DELETE: {("s3:DeleteObject", ARTIFACTS), ("s3:DeleteObjectVersion", ARTIFACTS)},
    Access.CONFIGS_READ: {("s3:GetObject", CONFIGS)},
    Access.CONFIGS_WRITE: {("s3:PutObject", CONFIGS)},
    Access.WORKFLOWS_READ: {("s3:GetObject", WORKFLOWS)},
    Access.WORKFLOWS_WRITE: {("s3:PutObject", WORKFLOWS)},
    Access.LOGS_READ: {("s3:GetObject", LOGS)},
    Access.LOGS_WRITE: {("s3:PutObject", LOGS)},
    Access.INCOMING_READ: {
        (f"s3:{call}", INCOMING) for call in ("GetObject", "GetObjectVersion", "ListMultipartUploadParts")
    },
    Access.INCOMING_WRITE: {("s3:PutObject", INCOMING)},
    Access.INCOMING_DELETE: {
        (f"s3:{call}", INCOMING) for call in ("AbortMultipartUpload", "DeleteObject", "DeleteObjectVersion")
    },
    Access.SIGNING_KEY: {("secretsmanager:GetSecretValue", "${SigningKey.Id}")},
    Access.START_RETRY: {("states:StartExecution", MACHINE)},
    Access.START_ROLLOUT: {("states:StartExecution", ROLLOUT_MACHINE)},
    Access.WAKE_ROLLOUT: {("states:SendTaskSuccess", ROLLOUT_MACHINE)},
    Access.START_VERIFICATION: {("states:StartExecution", VERIFY_MACHINE)},
    Access.START_DELIVERY: {("states:StartExecution", DELIVER_MACHINE)},
    Access.PUT_EVENTS: {("events:PutEvents", EVENT_BUS)},
    Access.READ_ALARMS: {("cloudwatch:DescribeAlarms", "*")},
}

DUE_INDEX = ("dynamodb:Query", f"{TABLE}/index/GSI2")
"""Keys of every workspace: for workflow tasks only."""


def expected(handler: str, row: Route | Task, function: Resource) -> set[tuple[str, str]]:
    log = f"${{{function.name}Log.Arn}}"
    own = {("logs:CreateLogStream", log), ("logs:PutLogEvents", log)}
    traces = {("xray:PutTraceSegments", "*"), ("xray:PutTelemetryRecords", "*")}
    due = {DUE_INDEX} if handler.startswith("workflow.") and Access.INDEX_READ in row.access else set()
    return own | traces | due | {allowed for access in row.access for allowed in ALLOWED[access]}


def granted(assembly: Assembly, function: Resource) -> Iterator[tuple[str, str]]:
    role = function.properties["Role"]["Fn::GetAtt"][0]
    for policy in assembly.resources("AWS::IAM::Policy"):
        if policy.stack == function.stack and {"Ref": role} in policy.properties["Roles"]:
            for statement in policy.properties["PolicyDocument"]["Statement"]:
                assert statement["Effect"] == "Allow"
                for action in as_list(statement["Action"]):
                    for resource in as_list(statement["Resource"]):
                        yield action, assembly.render(resource) + bounds(statement)


def bounds(statement: dict[str, Any]) -> str:
    """The partitions that a statement is bound to, which is the only condition that any has."""
    conditions = statement.get("Condition", {})
    if not conditions:
        return ""
    ((operator, ((key, patterns),)),) = ((each, bound.items()) for each, bound in conditions.items())
    assert (operator, key) == ("ForAllValues:StringLike", "dynamodb:LeadingKeys")
    return f" in {' or '.join(as_list(patterns))}"


def as_list(value: Any) -> list[Any]:  # noqa: ANN401 - CloudFormation unwraps a list of one
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("handler", ROWS)
def test_a_function_may_do_exactly_what_its_row_says(assembly: Assembly, handler: str) -> None:
    function = assembly.functions()[handler]
    assert set(granted(assembly, function)) == expected(handler, ROWS[handler], function)


OF_DEVICES = [handler for handler, row in ROWS.items() if isinstance(row, Route) and row.caller is Caller.DEVICE]


@pytest.mark.parametrize("handler", OF_DEVICES)
def test_no_device_can_make_a_function_touch_artifacts(assembly: Assembly, handler: str) -> None:
    allowed = granted(assembly, assembly.functions()[handler])
    touched = {(action, resource) for action, resource in allowed if action.startswith("s3:") and resource != LOGS}
    assert touched <= {("s3:GetObject", CONFIGS), ("s3:GetObject", WORKFLOWS)}


def test_there_is_a_function_for_every_row_and_no_other(assembly: Assembly) -> None:
    assert set(assembly.functions()) == set(ROWS)


def test_every_kind_of_access_is_held_by_some_row_or_known_here() -> None:
    assert set(ALLOWED) == set(Access)


def test_no_two_functions_share_a_role(assembly: Assembly) -> None:
    roles = [(found.stack, found.properties["Role"]["Fn::GetAtt"][0]) for found in assembly.functions().values()]
    assert len(set(roles)) == len(roles)


def test_no_role_has_a_managed_or_inline_policy(assembly: Assembly) -> None:
    for role in assembly.resources("AWS::IAM::Role"):
        assert not {"ManagedPolicyArns", "Policies"} & set(role.properties), role.logical_id


def granted_to_machine(assembly: Assembly, machine: str) -> set[tuple[str, str]]:
    """What a machine may do beside logging and tracing."""
    policy = assembly.one("AWS::IAM::Policy", f"{machine}RoleDefaultPolicy")
    return {
        (action, assembly.render(resource))
        for statement in policy.properties["PolicyDocument"]["Statement"]
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
        if not action.startswith(("logs:", "xray:"))
    }


def test_the_verification_machine_may_invoke_its_tasks(assembly: Assembly) -> None:
    assert granted_to_machine(assembly, "Verification") == {
        ("lambda:InvokeFunction", "${VerifyUpload.Arn}"),
        ("lambda:InvokeFunction", "${AbortUpload.Arn}"),
    }


def test_the_delivery_machine_may_deliver_events(assembly: Assembly) -> None:
    assert granted_to_machine(assembly, "Delivery") == {("lambda:InvokeFunction", "${DeliverEvent.Arn}")}


def test_the_rollout_machine_may_look_and_wait(assembly: Assembly) -> None:
    assert granted_to_machine(assembly, "Rollout") == {
        ("lambda:InvokeFunction", "${AdvanceRollout.Arn}"),
        ("lambda:InvokeFunction", "${BeginWait.Arn}"),
    }


def test_the_retry_machine_may_check_and_announce(assembly: Assembly) -> None:
    assert granted_to_machine(assembly, "Retry") == {
        ("lambda:InvokeFunction", "${CheckRetry.Arn}"),
        ("events:PutEvents", EVENT_BUS),
    }
