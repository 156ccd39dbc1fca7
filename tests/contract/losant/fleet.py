"""Workflows, devices and deployments made with the genuine clients, and what devices say of themselves."""

from __future__ import annotations

from infra.local.workflow_device_client import WorkflowDeviceClient
from tests.contract.driver import Json
from tests.contract.losant.clients import Client

UNKNOWN = "0" * 24


def new_flow(client: Client, *versions: str) -> str:
    """A workflow for edge devices, with versions."""
    flow = str(client("flows.post", flow={"name": "Press monitor", "flowClass": "edge"})["id"])
    for version in versions:
        publish(client, flow, version)
    return flow


def publish(client: Client, flow: str, version: str) -> Json:
    content = {"version": version, "nodes": [{"type": version}]}
    return client("flow_versions.post", flowId=flow, flowVersion=content)


def new_device(client: Client, name: str = "press-line-gw-1", **members: object) -> str:
    """A device that takes workflows."""
    return str(client("devices.post", device={"name": name, "deviceClass": "edgeCompute", **members})["id"])


def release(client: Client, flow: str, version: str | None, *devices: str) -> Json:
    deployment = {"flowId": flow, "version": version, "deviceIds": devices}
    return client("edge_deployments.release", deployment=deployment)


def records(client: Client, **query: object) -> list[Json]:
    """What a list shows."""
    found: list[Json] = client("edge_deployments.get", **query)["items"]
    return found


def record(client: Client, device: str, flow: str) -> Json:
    """The one deployment of a pair."""
    (found,) = records(client, deviceId=device, flowId=flow)
    return found


def wanted(client: Client, flow: str) -> dict[str, str | None]:
    """The version that is wanted, by device."""
    return {each["deviceId"]: each["desiredVersion"] for each in records(client, flowId=flow)}


def credentials_of(client: Client, device: str) -> Json:
    """What a device logs in with: a new access key of its own."""
    made = client("application_keys.post", applicationKey={"deviceIds": [device]})
    return {"deviceId": device, "key": made["key"], "secret": made["secret"]}


def report(edge: WorkflowDeviceClient, *entries: Json) -> None:
    """Have a device say what became of workflows."""
    assert edge.report(entries, agent_version="2.4.0") == []


def runs(edge: WorkflowDeviceClient, flow: str, version: str | None) -> None:
    """Have a device report the version that runs, None when nothing does any more."""
    report(edge, {"flowId": flow, "version": version})
