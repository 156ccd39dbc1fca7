"""Retries, rollouts and repairs by what is deployed: the machines with their functions, and the tick of each minute."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from infra.local.simulated_device import Behaviour
from sluiceway.domain.deployment import Definition
from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.domain.phases import WantedPhase
from sluiceway.runtime.clients import Clients
from sluiceway.runtime.env import read_environment
from sluiceway.runtime.retries import execution_name
from sluiceway.runtime.wiring import make_service
from sluiceway.storage import keys
from sluiceway.storage.row_items import read_row
from sluiceway.storage.table import Query, Record, Update
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.create_deployment import SEEDED_BEFORE_COMMIT, create_deployment
from sluiceway.usecases.rollouts import DUE
from sluiceway.usecases.service import Service
from tests.e2e.cloud import Cloud
from tests.e2e.operator import DEPLOYMENTS, Device, Operator
from tests.support.app import RecordedRollouts
from tests.support.faults import Crash, Fault, FaultyTable, at_write
from tests.support.waiting import wait_for

pytestmark = pytest.mark.engine


@dataclass(frozen=True)
class Announcements:
    """A queue that an operator's rule sends every event of ours to."""

    client: Any
    url: str

    def of(self, deployment: str) -> list[Any]:
        """What was announced of a deployment and not looked at yet."""
        events = [json.loads(message["Body"]) for message in self._take()]
        return [event for event in events if event["detail"]["deployment_id"] == deployment]

    def _take(self) -> list[Any]:
        messages: list[Any] = self.client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            self.client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return messages


@pytest.fixture(name="announcements")
def _announcements(cloud: Cloud) -> Announcements:
    queues, events, name = cloud.client("sqs"), cloud.client("events"), f"retries-{uuid4().hex[:8]}"
    url = queues.create_queue(QueueName=name)["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [{**allowed, "Resource": arn}]}
    queues.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    pattern = {"source": ["sluiceway"], "detail-type": ["Device deployment retry due"]}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    return Announcements(queues, url)


@pytest.fixture(name="product")
def _product(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Service:
    """What the functions work with, in this process and with the rights of the account's root."""
    variables = cloud.functions["workflow.check_retry"]["Environment"]["Variables"]
    for name, value in {**cloud.variables, **variables}.items():
        monkeypatch.setenv(name, value)
    return make_service(read_environment(), Clients())


@pytest.fixture(scope="module", name="account")
def _account(cloud: Cloud) -> dict[str, str]:
    made: dict[str, str] = cloud.invoke(
        "workflow.create_workspace", {"name": "retries", "username": f"{uuid4().hex}@example.com"}
    )
    return made


@pytest.fixture(name="operator")
def _operator(cloud: Cloud, account: dict[str, str]) -> Iterator[Operator]:
    headers = {"Authorization": f"Bearer {account['token']}"}
    with (
        httpx.Client(base_url=cloud.url_of("mender"), headers=headers, timeout=60, trust_env=False) as api,
        httpx.Client(base_url=cloud.url_of("mender"), timeout=60, trust_env=False) as devices,
    ):
        yield Operator(api, devices, f"retries-{uuid4().hex[:8]}", account["workspace"])


@dataclass(frozen=True)
class Retrying:
    """A device whose first attempt failed, and its row as it stands."""

    device: Device
    deployment: str
    row: DeviceDeployment


def failed_once(operator: Operator, product: Service) -> Retrying:
    """Deploy with one retry to a device that fails."""
    (device,) = operator.enrol(Behaviour.FAILS)
    operator.upload("app")
    body = {
        "name": operator.named("retried"),
        "artifact_name": operator.named("app"),
        "devices": [device.id],
        "retries": 1,
    }
    made = operator.api.post(f"{DEPLOYMENTS}/deployments", json=body).raise_for_status()
    deployment = made.headers["location"].rpartition("/")[2]
    device.poll().raise_for_status()
    device.report(deployment, "failure")
    assert operator.statistics(deployment) == {"pending": 1}
    return Retrying(device, deployment, row_of(product, operator.tenant_token, device))


def row_of(product: Service, workspace: str, device: Device) -> DeviceDeployment:
    """The only row of a device, to be waited for until a moment ago."""
    (record,) = rows_of(product, workspace, device.id)
    return replace(read_row(workspace, record), not_before=datetime.now(UTC) - timedelta(seconds=1))


def rows_of(product: Service, workspace: str, device_id: str) -> tuple[Record, ...]:
    """What is stored of a device's parts in deployments."""
    rows = Query(keys.device_partition(workspace, device_id), first=keys.FIRST_ROW, last=f"{keys.FIRST_ROW}~")
    return tuple(product.table.query(rows).records)


def execution_of(cloud: Cloud, workspace: str, row: DeviceDeployment) -> str:
    """The ARN of the execution that waits for a row."""
    machine = cloud.outputs["RetryMachineArn"].replace(":stateMachine:", ":execution:")
    return f"{machine}:{execution_name(workspace, row)}"


def states_in(history: Sequence[Any]) -> list[str]:
    """The names of the states that an execution has entered."""
    return [event["stateEnteredEventDetails"]["name"] for event in history if "stateEnteredEventDetails" in event]


def ended(cloud: Cloud, workspace: str, row: DeviceDeployment) -> dict[str, Any]:
    """The execution that waits for a row, when it does so no longer."""
    arn = execution_of(cloud, workspace, row)

    def look() -> dict[str, Any] | None:
        execution: dict[str, Any] = cloud.client("stepfunctions").describe_execution(executionArn=arn)
        return execution if execution["status"] != "RUNNING" else None

    return wait_for("the end of the execution", look)


def test_a_retry_that_is_due_is_announced_once_however_often_it_is_started(
    cloud: Cloud, operator: Operator, product: Service, announcements: Announcements
) -> None:
    retrying = failed_once(operator, product)
    for _ in range(2):
        product.retries.start(operator.tenant_token, retrying.row)
    execution = ended(cloud, operator.tenant_token, retrying.row)
    product.retries.start(operator.tenant_token, retrying.row)

    assert (execution["status"], json.loads(execution["output"])) == ("SUCCEEDED", {"announced": True})
    (event,) = wait_for("the announcement", lambda: announcements.of(retrying.deployment))
    assert event["detail"] == {
        "workspace": operator.tenant_token,
        "deployment_id": retrying.deployment,
        "device_id": retrying.device.id,
        "attempt": 2,
    }
    assert announcements.of(retrying.deployment) == []


def test_a_retry_of_an_aborted_deployment_is_not_announced(
    cloud: Cloud, operator: Operator, product: Service, announcements: Announcements
) -> None:
    retrying = failed_once(operator, product)
    operator.abort(retrying.deployment)
    product.retries.start(operator.tenant_token, retrying.row)
    execution = ended(cloud, operator.tenant_token, retrying.row)

    assert (execution["status"], json.loads(execution["output"])) == ("SUCCEEDED", {"announced": False})
    assert announcements.of(retrying.deployment) == []


def test_a_retry_that_the_device_has_asked_for_already_is_not_announced(
    cloud: Cloud, operator: Operator, product: Service, announcements: Announcements
) -> None:
    retrying = failed_once(operator, product)
    retrying.device.poll().raise_for_status()
    product.retries.start(operator.tenant_token, retrying.row)
    execution = ended(cloud, operator.tenant_token, retrying.row)

    assert (execution["status"], json.loads(execution["output"])) == ("SUCCEEDED", {"announced": False})
    assert announcements.of(retrying.deployment) == []


def test_a_retry_that_cannot_be_checked_is_tried_again_and_then_shown_as_failed(
    cloud: Cloud, operator: Operator, product: Service, announcements: Announcements
) -> None:
    """A device id that no key can hold makes the function raise."""
    retrying = failed_once(operator, product)
    unreadable = replace(retrying.row, device_id="x" * 300)
    product.retries.start(operator.tenant_token, unreadable)
    execution = ended(cloud, operator.tenant_token, unreadable)

    assert execution["status"] == "FAILED"
    assert "an id must be text" in execution["cause"]
    assert announcements.of(retrying.deployment) == []


def test_the_machine_waits_until_the_retry_may_begin(cloud: Cloud, operator: Operator, product: Service) -> None:
    """Told by an execution that starts after it, has nothing to wait for and is over."""
    retrying = failed_once(operator, product)
    later = replace(retrying.row, not_before=datetime.now(UTC) + timedelta(days=1))
    at_once = replace(retrying.row, device_id="another")
    for row in (later, at_once):
        product.retries.start(operator.tenant_token, row)
    ended(cloud, operator.tenant_token, at_once)
    arn, steps = execution_of(cloud, operator.tenant_token, later), cloud.client("stepfunctions")
    waiting = steps.describe_execution(executionArn=arn)["status"]
    history = steps.get_execution_history(executionArn=arn)["events"]
    steps.stop_execution(executionArn=arn)

    assert waiting == "RUNNING"
    assert states_in(history) == ["WaitUntilDue"]


def test_an_abort_that_was_cut_off_is_finished_by_the_tick(
    cloud: Cloud, operator: Operator, product: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that fences its counters after the head, as that of any deployment with more of them does."""
    monkeypatch.setattr("sluiceway.usecases.abort_deployment.FENCED_AT_ONCE", 0)
    (device,) = operator.enrol(Behaviour.SUCCEEDS)
    operator.upload("app")
    deployment = operator.deploy("aborted", "app", [device])
    device.poll().raise_for_status()
    dying = replace(product, table=FaultyTable(product.table, at_write(0, Fault.CRASH_AFTER)))
    with pytest.raises(Crash):
        abort_deployment(dying, operator.tenant_token, deployment, datetime.now(UTC) - timedelta(minutes=1))
    head = keys.deployment(operator.tenant_token, deployment)
    cut_off = product.table.get(head)

    def look() -> bool:
        cloud.invoke("workflow.repair_due", {})
        stored = product.table.get(head)
        return stored is not None and stored["state"] == "aborted"

    wait_for("the end of the abort", look)
    assert cut_off is not None
    assert cut_off["state"] == "aborting"
    assert operator.abort(deployment) == httpx.codes.UNPROCESSABLE_ENTITY
    assert device.report(deployment, "success") == httpx.codes.CONFLICT
    assert operator.statistics(deployment) == {"aborted": 1}


def test_the_devices_of_a_long_list_get_their_rows_from_the_tick(
    cloud: Cloud, operator: Operator, product: Service
) -> None:
    (device,) = operator.enrol(Behaviour.SUCCEEDS)
    operator.upload("app")
    others = [f"unknown-{number}" for number in range(SEEDED_BEFORE_COMMIT)]
    body = {"name": operator.named("long"), "artifact_name": operator.named("app"), "devices": [*others, device.id]}
    made = operator.api.post(f"{DEPLOYMENTS}/deployments", json=body).raise_for_status()
    deployment = made.headers["location"].rpartition("/")[2]
    total = operator.statistics(deployment)

    def look() -> bool:
        cloud.invoke("workflow.repair_due", {})
        return device.poll().status_code == httpx.codes.OK

    wait_for("the row of the last device", look)
    assert total == operator.statistics(deployment) == {"pending": len(others) + 1}
    assert all(rows_of(product, operator.tenant_token, other) for other in (others[0], others[-1]))


def test_a_lost_execution_is_replaced_by_the_tick_and_until_then_no_phase_opens(
    cloud: Cloud, operator: Operator, product: Service
) -> None:
    """The start of the execution gets lost, and the second phase's time passes."""
    devices = operator.enrol(Behaviour.SUCCEEDS, Behaviour.SUCCEEDS)
    operator.upload("app")
    workspace, now = operator.tenant_token, datetime.now(UTC)
    phases = (WantedPhase(50), WantedPhase(None, now - timedelta(seconds=30)))
    ids = tuple(device.id for device in devices)
    definition = Definition(operator.named("staged"), operator.named("app"), ids, phases=phases)
    forgetful = replace(product, rollouts=RecordedRollouts())
    deployment = create_deployment(forgetful, workspace, definition, now - timedelta(minutes=1))

    def answers() -> list[int]:
        return sorted(device.poll().status_code for device in devices)

    assert answers() == [httpx.codes.OK, httpx.codes.NO_CONTENT]
    missed = keys.due_index_sort(now - timedelta(minutes=1), DUE)
    product.table.write(Update(keys.plan(workspace, deployment), set={"G2SK": missed}, add={"rev": 1}))
    cloud.invoke("workflow.repair_due", {})
    wait_for("work for both", lambda: answers() == [httpx.codes.OK] * 2)
