"""Every function runs on the same footing."""

from __future__ import annotations

import json

import pytest

from tests.infra.assembly import Assembly, Resource
from tests.infra.test_access import ROWS

ENVIRONMENT = {
    "SLUICEWAY_TABLE": "${Table}",
    "SLUICEWAY_BUCKET": "${Artifacts}",
    "SLUICEWAY_SIGNING_KEY": "${SigningKey.Id}",
    "SLUICEWAY_RETRY_MACHINE": (
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:Sluiceway-Retry"
    ),
    "SLUICEWAY_ROLLOUT_MACHINE": (
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:Sluiceway-Rollout"
    ),
    "SLUICEWAY_VERIFY_MACHINE": (
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:Sluiceway-VerifyUpload"
    ),
    "SLUICEWAY_DELIVER_MACHINE": (
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:Sluiceway-DeliverEvent"
    ),
    "SLUICEWAY_EVENT_BUS": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default",
    "POWERTOOLS_METRICS_NAMESPACE": "Sluiceway",
}


@pytest.fixture(params=ROWS)
def function(assembly: Assembly, request: pytest.FixtureRequest) -> Resource:
    return assembly.functions()[request.param]


def test_it_runs_python_3_13_on_arm64_and_is_traced(function: Resource) -> None:
    assert function.properties["Runtime"] == "python3.13"
    assert function.properties["Architectures"] == ["arm64"]
    assert function.properties["TracingConfig"] == {"Mode": "Active"}


def test_its_size_is_that_of_its_row(function: Resource) -> None:
    size = ROWS[function.properties["Handler"]].size
    assert (function.properties["MemorySize"], function.properties["Timeout"]) == (size.memory, size.timeout)


def test_it_logs_json_to_a_group_of_its_own_that_forgets(assembly: Assembly, function: Resource) -> None:
    logging = function.properties["LoggingConfig"]
    assert logging["LogFormat"] == "JSON"
    group = assembly.templates[function.stack]["Resources"][logging["LogGroup"]["Ref"]]
    assert group["Properties"]["RetentionInDays"] == 90
    users = [
        other
        for other in assembly.functions().values()
        if other.stack == function.stack and other.properties["LoggingConfig"] == logging
    ]
    assert users == [function]


def test_it_is_told_where_everything_is(assembly: Assembly, function: Resource) -> None:
    variables = function.properties["Environment"]["Variables"]
    surface = function.properties["Handler"].partition(".")[0]
    rendered = {name: assembly.render(value) for name, value in variables.items()}
    assert rendered == {**ENVIRONMENT, "POWERTOOLS_SERVICE_NAME": surface}


def test_nothing_in_aws_is_told_that_it_is_local(assembly: Assembly) -> None:
    """What is local may send events to loopback, and without TLS."""
    assert [name for name, template in assembly.templates.items() if "SLUICEWAY_LOCAL" in json.dumps(template)] == []


def test_its_layers_are_made_in_its_own_stack(assembly: Assembly, function: Resource) -> None:
    resources = assembly.templates[function.stack]["Resources"]
    kinds = [resources[layer["Ref"]]["Type"] for layer in function.properties["Layers"]]
    assert kinds == ["AWS::Lambda::LayerVersion"] * 2


def test_its_code_holds_its_own_surface_and_no_other(assembly: Assembly, function: Resource) -> None:
    folder = assembly.asset(function.properties["Code"]["S3Key"])
    assert [path.name for path in folder.iterdir()] == [function.properties["Handler"].partition(".")[0]]


def test_a_local_function_leaves_the_third_party_layer_out(local_assembly: Assembly) -> None:
    for function in local_assembly.functions().values():
        (layer,) = function.properties["Layers"]
        assert layer["Ref"].startswith("Core"), function.logical_id
