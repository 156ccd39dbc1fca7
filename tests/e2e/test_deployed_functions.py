"""The functions as they are deployed, with the engine checking their rights: code assets, wiring and roles.

What is told apart by a status is proved elsewhere; this shows that each surface reads and writes at all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import uuid4

import httpx
import pytest
from botocore.exceptions import ClientError

from infra.local.simulated_device import Behaviour
from sluiceway.artifacts.mender_writer import Payload, write_artifact
from sluiceway.artifacts.object_keys import incoming_key
from sluiceway.storage import keys
from sluiceway.usecases.links import DOWNLOAD_PATH
from tests.e2e.cloud import Cloud, FunctionFailed
from tests.e2e.operator import DEPLOYMENTS, DEVICE_TYPE, Operator, artifact
from tests.support.waiting import wait_for

pytestmark = pytest.mark.engine

LOGIN = "/api/management/v1/useradm/auth/login"
TOKENS = "/api/management/v1/useradm/settings/tokens"
PATIENCE_SECONDS = 60
"""A function's first call starts a process."""


@pytest.fixture(scope="module", name="account")
def _account(cloud: Cloud) -> dict[str, str]:
    """A workspace, made by the deployed function."""
    made: dict[str, str] = cloud.invoke(
        "workflow.create_workspace", {"name": "deployed", "username": f"{uuid4().hex}@example.com"}
    )
    return made


@pytest.fixture(scope="module", name="operator")
def _operator(cloud: Cloud, account: dict[str, str]) -> Iterator[Operator]:
    """A user and devices that call the engine's API Gateway."""
    headers = {"Authorization": f"Bearer {account['token']}"}
    url = cloud.url_of("mender")
    with (
        httpx.Client(base_url=url, headers=headers, timeout=PATIENCE_SECONDS, trust_env=False) as api,
        httpx.Client(base_url=url, timeout=PATIENCE_SECONDS, trust_env=False) as devices,
    ):
        yield Operator(api, devices, "deployed", account["workspace"])


def test_a_deployment_goes_through_functions_alone(operator: Operator) -> None:
    (device,) = operator.enrol(Behaviour.SUCCEEDS)
    artifact_id = operator.upload("app")
    deployment = operator.deploy("app", "app", [device])
    offer = device.poll().raise_for_status().json()
    token = offer["artifact"]["source"]["uri"].partition(DOWNLOAD_PATH)[2]
    got = operator.devices.get(f"{DOWNLOAD_PATH}{token}", follow_redirects=True)
    reported = [device.report(deployment, status) for status in ("downloading", "success")]

    assert operator.get(f"{DEPLOYMENTS}/artifacts/{artifact_id}").json()["name"] == operator.named("app")
    assert got.content == artifact(operator.named("app"))
    assert reported == [httpx.codes.NO_CONTENT, httpx.codes.NO_CONTENT]
    assert operator.statistics(deployment) == {"success": 1}
    assert operator.statuses(deployment) == {device.id: "success"}


def upload_directly(operator: Operator, content: bytes) -> str:
    """Put a file to the link of a new direct upload and complete it; the id of the upload."""
    invitation = operator.api.post(f"{DEPLOYMENTS}/artifacts/directupload").raise_for_status().json()
    headers = {"content-type": "application/vnd.mender-artifact"}
    operator.devices.put(invitation["uri"], content=content, headers=headers).raise_for_status()
    completed = operator.api.post(f"{DEPLOYMENTS}/artifacts/directupload/{invitation['id']}/complete")
    assert completed.status_code == httpx.codes.ACCEPTED
    return str(invitation["id"])


def is_kept_aside(cloud: Cloud, operator: Operator, upload_id: str) -> bool:
    """Whether the bytes of a direct upload are still where the link put them."""
    key = incoming_key(operator.tenant_token, upload_id)
    return bool(cloud.client("s3").list_objects_v2(Bucket=cloud.outputs["BucketName"], Prefix=key)["KeyCount"])


def ended(operator: Operator, upload_id: str) -> dict[str, str]:
    """What became of a direct upload, when something did."""

    def look() -> dict[str, str] | None:
        shown: dict[str, str] = operator.get(f"{DEPLOYMENTS}/artifacts/directupload/{upload_id}").json()
        return shown if shown["status"] in {"completed", "aborted"} else None

    return wait_for("the end of the verification", look)


def downloaded(operator: Operator, artifact_id: str) -> httpx.Response:
    """What is behind the link of an artifact."""
    link = operator.get(f"{DEPLOYMENTS}/artifacts/{artifact_id}/download").json()["uri"]
    path = DOWNLOAD_PATH + link.partition(DOWNLOAD_PATH)[2]
    return operator.devices.get(path, follow_redirects=True).raise_for_status()


def test_a_direct_upload_is_verified_by_the_machine_and_its_bytes_move(cloud: Cloud, operator: Operator) -> None:
    content = artifact(operator.named("direct"))
    upload_id = upload_directly(operator, content)

    assert ended(operator, upload_id) == {"id": upload_id, "status": "completed"}
    assert operator.get(f"{DEPLOYMENTS}/artifacts/{upload_id}").json()["name"] == operator.named("direct")
    got = downloaded(operator, upload_id)
    assert got.content == content
    assert got.headers["content-type"] == "application/vnd.mender-artifact"
    assert not is_kept_aside(cloud, operator, upload_id)


def test_03_fifteen_mebibytes_are_read_back_with_the_same_sha_256(operator: Operator) -> None:
    payload = Payload(files={"disk.img": Random(3).randbytes(15 * 1024**2)})
    content = write_artifact(operator.named("large"), [DEVICE_TYPE], payload)
    upload_id = upload_directly(operator, content)

    assert ended(operator, upload_id) == {"id": upload_id, "status": "completed"}
    assert operator.get(f"{DEPLOYMENTS}/artifacts/{upload_id}").json()["size"] == len(content) > 15 * 1024**2
    assert hashlib.sha256(downloaded(operator, upload_id).content).digest() == hashlib.sha256(content).digest()


def test_a_direct_upload_that_is_no_artifact_is_refused_by_the_machine(operator: Operator) -> None:
    upload_id = upload_directly(operator, b"no artifact at all" * 1000)

    assert ended(operator, upload_id)["error"].startswith("the artifact is not a tar archive")


def test_an_abandoned_direct_upload_is_ended_by_the_tick(cloud: Cloud, operator: Operator) -> None:
    """The tick has nothing to do until two hours have passed; it may, which is what this shows."""
    invitation = operator.api.post(f"{DEPLOYMENTS}/artifacts/directupload").raise_for_status().json()
    table = cloud.client("dynamodb")
    stored = keys.direct_upload(operator.tenant_token, invitation["id"])
    key = {"PK": {"S": stored.pk}, "SK": {"S": stored.sk}}
    long_ago = {":due": {"S": keys.due_index_sort(datetime(2026, 1, 1, tzinfo=UTC), "upload")}}
    table.update_item(
        TableName=cloud.outputs["TableName"],
        Key=key,
        UpdateExpression="SET G2SK = :due",
        ExpressionAttributeValues=long_ago,
    )
    operator.devices.put(invitation["uri"], content=b"half").raise_for_status()
    assert is_kept_aside(cloud, operator, invitation["id"])

    def look() -> bool:
        cloud.invoke("workflow.repair_due", {})
        shown = operator.get(f"{DEPLOYMENTS}/artifacts/directupload/{invitation['id']}").json()
        return bool(shown["status"] == "aborted")

    wait_for("the end of the upload", look)
    assert not is_kept_aside(cloud, operator, invitation["id"])


def test_a_user_logs_in_through_functions(operator: Operator, account: dict[str, str]) -> None:
    login = operator.devices.post(LOGIN, auth=(account["username"], account["password"]))
    wrong = operator.devices.post(LOGIN, auth=(account["username"], "wrong"))

    token = login.raise_for_status().text
    listed = operator.devices.get(f"{DEPLOYMENTS}/deployments", headers={"Authorization": f"Bearer {token}"})
    assert listed.status_code == httpx.codes.OK
    assert wrong.status_code == httpx.codes.UNAUTHORIZED


def test_a_function_that_only_reads_may_note_the_use_of_a_token(operator: Operator) -> None:
    operator.get(TOKENS)
    (token,) = operator.get(TOKENS).json()
    assert "last_used" in token


def test_what_no_route_takes_is_answered_in_the_dialect(operator: Operator) -> None:
    answer = operator.api.get("/api/management/v1/deployments/nothing-here")

    assert answer.status_code == httpx.codes.NOT_FOUND
    assert set(answer.json()) == {"error", "request_id"}


def test_a_refusal_keeps_its_name_out_of_a_function(cloud: Cloud, account: dict[str, str]) -> None:
    with pytest.raises(FunctionFailed, match=r"^Conflict: the mail address .* belongs to a user already"):
        cloud.invoke("workflow.create_workspace", {"name": "again", "username": account["username"]})


def test_a_tick_with_nothing_to_do_reads_the_index_and_ends(cloud: Cloud) -> None:
    """Other tests may have left it something, once."""
    wait_for("a tick with nothing to do", lambda: cloud.invoke("workflow.repair_due", {}) == {"repaired": 0})


def test_a_retry_of_a_row_that_is_not_there_is_not_due(cloud: Cloud) -> None:
    retry = {name: str(uuid4()) for name in ("workspace", "deployment_id", "device_id", "order")} | {"attempt": 2}

    assert cloud.invoke("workflow.check_retry", retry)["due"] is False


FORBIDDEN: dict[str, tuple[str, str, Callable[[Cloud, Any], object]]] = {
    "writes an item": (
        "workflow.check_retry",
        "dynamodb",
        lambda cloud, client: client.put_item(
            TableName=cloud.outputs["TableName"], Item={"PK": {"S": "x"}, "SK": {"S": "#"}}
        ),
    ),
    "reads the index of due work": (
        "mender.deployments.list_deployment_devices",
        "dynamodb",
        lambda cloud, client: client.query(
            TableName=cloud.outputs["TableName"],
            IndexName="GSI2",
            KeyConditionExpression="G2PK = :due",
            ExpressionAttributeValues={":due": {"S": "DUE#0"}},
        ),
    ),
    "reads an artifact's bytes": (
        "mender.artifacts.list_artifacts",
        "s3",
        lambda cloud, client: client.list_objects_v2(Bucket=cloud.outputs["BucketName"]),
    ),
    "reads the signing key": (
        "workflow.repair_due",
        "secretsmanager",
        lambda cloud, client: client.get_secret_value(SecretId=cloud.outputs["SigningKeyArn"]),
    ),
    "starts a retry": (
        "mender.deployments.report_log",
        "stepfunctions",
        lambda cloud, client: client.start_execution(stateMachineArn=cloud.outputs["RetryMachineArn"], input="{}"),
    ),
}


@pytest.mark.parametrize(("name", "service", "attempt"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_a_function_may_do_nothing_that_its_row_does_not_say(
    cloud: Cloud, name: str, service: str, attempt: Callable[[Cloud, Any], object]
) -> None:
    with pytest.raises(ClientError) as refused:
        attempt(cloud, cloud.as_function(name, service))

    assert refused.value.response["Error"]["Code"] in {"AccessDenied", "AccessDeniedException"}


@contextmanager
def without_writes(cloud: Cloud, name: str) -> Iterator[None]:
    """A function may not write to the table, for the length of a block."""
    iam, role = cloud.client("iam"), cloud.functions[name]["Role"].rpartition("/")[2]
    (policy_name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role, PolicyName=policy_name)["PolicyDocument"]
    left = [statement for statement in policy["Statement"] if "dynamodb:PutItem" not in statement["Action"]]
    assert left != policy["Statement"]
    iam.put_role_policy(RoleName=role, PolicyName=policy_name, PolicyDocument=json.dumps({**policy, "Statement": left}))
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=policy_name, PolicyDocument=json.dumps(policy))


def test_a_function_that_lost_a_right_fails_and_has_written_nothing(cloud: Cloud, operator: Operator) -> None:
    operator.upload("unwritten")
    before = operator.get(f"{DEPLOYMENTS}/deployments").json()
    body = {"name": "unwritten", "artifact_name": operator.named("unwritten"), "devices": ["any"]}
    with without_writes(cloud, "mender.deployments.create_deployment"):
        answer = operator.api.post(f"{DEPLOYMENTS}/deployments", json=body)

    assert answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR
    assert answer.json()["error"] == "internal error"
    assert operator.get(f"{DEPLOYMENTS}/deployments").json() == before
    assert operator.api.post(f"{DEPLOYMENTS}/deployments", json=body).status_code == httpx.codes.CREATED
