from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.clients import EngineClients
from infra.local.deployer import deploy
from infra.local.engine import Engine, local_engine
from infra.local.errors import LocalCloudError
from tests.infra.local.assemblies import AssemblyFolder, function, table

pytestmark = pytest.mark.engine
FUNCTIONLESS_URL = {
    "Type": "AWS::Lambda::Url",
    "Properties": {"TargetFunctionArn": "no-such-function", "AuthType": "AWS_IAM"},
}
HANDLER = """
from core.rules import VALUE
class AlreadyThere(Exception): ...
def handler(event, context):
    if event.get("fail"):
        raise AlreadyThere("so it is")
    import boto3, os
    return [VALUE, os.environ["AWS_ENDPOINT_URL"], [b["Name"] for b in boto3.client("s3").list_buckets()["Buckets"]]]
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with local_engine() as engine:
        yield engine


def assembly_with_function(folder: Path, value: int) -> Path:
    AssemblyFolder(folder).add_stack(
        "Functions",
        function("asked", "surface.handle.handler"),
        {"code": {"surface/handle.py": HANDLER}, "core": {"python/core/rules.py": f"VALUE = {value}"}},
    )
    return folder


def test_every_stack_is_made_and_gives_its_outputs(engine: Engine, tmp_path: Path) -> None:
    assembly = AssemblyFolder(tmp_path)
    assembly.add_stack("First", table("first"), outputs={"TableName": {"Value": {"Ref": "Table"}}})
    assembly.add_stack("Second", table("second"), outputs={"Other": {"Value": {"Ref": "Table"}}})

    assert deploy(tmp_path, engine.url) == {"TableName": "first", "Other": "second"}


def test_expiry_is_switched_on(engine: Engine, tmp_path: Path) -> None:
    AssemblyFolder(tmp_path).add_stack("Expiring", table("expiring"))
    for _ in range(2):
        deploy(tmp_path, engine.url)

    expiry = EngineClients(engine.url).dynamodb.describe_time_to_live(TableName="expiring")["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}


def test_a_function_sees_its_layer_and_only_the_engine_and_is_updated(engine: Engine, tmp_path: Path) -> None:
    functions = EngineClients(engine.url).functions
    for value in (1, 2):
        deploy(assembly_with_function(tmp_path / str(value), value), engine.url)
        answer = json.loads(functions.invoke(FunctionName="asked", Payload="{}")["Payload"].read())
        assert answer == [value, engine.url, ["cdk-hnb659fds-assets-000000000000-us-east-1"]]


def test_an_exception_keeps_its_type(engine: Engine, tmp_path: Path) -> None:
    deploy(assembly_with_function(tmp_path, 1), engine.url)
    answer = EngineClients(engine.url).functions.invoke(FunctionName="asked", Payload='{"fail": true}')

    error = json.loads(answer["Payload"].read())
    assert (error["errorType"], error["errorMessage"]) == ("AlreadyThere", "so it is")


def test_a_stack_that_the_engine_does_not_know_how_to_make_is_refused_in_one_line(
    engine: Engine, tmp_path: Path
) -> None:
    AssemblyFolder(tmp_path).add_stack("Unknown", {"Machine": {"Type": "AWS::Nothing::AtAll", "Properties": {}}})

    with pytest.raises(LocalCloudError, match=r"^The local engine refused the stack Unknown: .*AWS::Nothing::AtAll"):
        deploy(tmp_path, engine.url)


def test_a_stack_that_fails_names_the_resource_and_is_not_touched_again(engine: Engine, tmp_path: Path) -> None:
    AssemblyFolder(tmp_path).add_stack("Broken", {"Dangling": FUNCTIONLESS_URL})

    with pytest.raises(LocalCloudError, match=r"^The stack Broken was not deployed: Dangling \(AWS::Lambda::Url\): ."):
        deploy(tmp_path, engine.url)
    with pytest.raises(
        LocalCloudError, match=r"holds the stack Broken as \w+, which cannot be updated; use another STATE"
    ):
        deploy(tmp_path, engine.url)


def test_a_stack_with_nothing_to_run_here_is_not_made(engine: Engine, tmp_path: Path) -> None:
    AssemblyFolder(tmp_path).add_stack("Alarms", {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {}}})

    assert deploy(tmp_path, engine.url) == {}


def test_a_template_above_the_inline_limit_is_deployed(engine: Engine, tmp_path: Path) -> None:
    large = {
        f"Parameter{number}": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "x" * 1_000}}
        for number in range(60)
    }
    AssemblyFolder(tmp_path).add_stack("Large", large, outputs={"Last": {"Value": "deployed"}})

    assert deploy(tmp_path, engine.url) == {"Last": "deployed"}
