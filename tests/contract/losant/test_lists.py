"""Pages of the list of deployments against a model of it, and lists as long as one page can be (contract 2.1, 9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count, product

import pytest

from infra.local.clients import EngineClients
from sluiceway.domain.object_ids import make_object_id
from sluiceway.domain.workflow_device import DeviceClass, WorkflowDevice
from sluiceway.storage.dynamo import DynamoTable
from sluiceway.storage.table import Put, Record
from sluiceway.storage.workflow_device_items import new_workflow_device
from tests.contract.driver import Json
from tests.contract.losant.clients import Client
from tests.contract.losant.conftest import Enrol
from tests.contract.losant.fleet import new_device, new_flow, release, runs
from tests.support.service import RunningService, in_another_workspace

pytestmark = pytest.mark.genuine

SORT_FIELDS = ("id", "deviceId", "flowId", "desiredVersion", "currentVersion", "creationDate", "lastUpdated")
VERSIONS = ("10", "9", "a b", "Ä", "a")
PER_PAGE = 3
WHOLE = 1000
"""The largest page."""


@dataclass(frozen=True, slots=True)
class Model:
    """The deployments of an application, filtered, sorted and cut as the contract says."""

    records: list[Json]

    def passing(self, query: Json) -> list[Json]:
        """Those that no filter leaves out."""
        return [each for each in self.records if all(fits(each) for fits in _filters(query))]

    def sorted(self, query: Json) -> list[Json]:
        """Nothing sorts before every version, and ties are broken by the id, whatever the direction."""
        field = query["sortField"]
        by_id = sorted(self.passing(query), key=lambda each: str(each["id"]))
        return sorted(
            by_id,
            key=lambda each: (each[field] is not None, each[field] or ""),
            reverse=query["sortDirection"] == "desc",
        )

    def page(self, query: Json, number: int) -> list[str]:
        """The ids on a page."""
        return [each["id"] for each in self.sorted(query)[number * PER_PAGE : (number + 1) * PER_PAGE]]


def _filters(query: Json) -> Iterator[Callable[[Json], bool]]:
    if "deviceId" in query:
        yield lambda each: each["deviceId"] == query["deviceId"]
    if "flowId" in query:
        yield lambda each: each["flowId"] == query["flowId"]
    if "version" in query:
        yield lambda each: query["version"] in {each["desiredVersion"], each["currentVersion"]}
    if query.get("filterEmpty"):
        yield lambda each: {each["desiredVersion"], each["currentVersion"]} != {None}


@pytest.fixture(scope="module", name="elsewhere")
def _elsewhere(service: RunningService) -> RunningService:
    """A workspace of which nobody else lists anything."""
    return in_another_workspace(service)


@pytest.fixture(scope="module", name="model")
def _model(elsewhere: RunningService, python_client: Client, enrol: Enrol) -> Model:
    """Deployments that want and run all sorts of versions, none, or nothing at all."""
    client = python_client.of(elsewhere)
    flows = [new_flow(client, *VERSIONS) for _ in range(2)]
    devices = [new_device(client, f"gateway {number}") for number in range(4)]
    for flow, version in product(flows, VERSIONS[:2]):
        release(client, flow, version, *devices)
    for device, version in zip(devices, VERSIONS[1:], strict=True):
        release(client, flows[0], version, device)
    edges = [enrol(client, device) for device in devices[:3]]
    runs(edges[0], flows[0], "a")
    runs(edges[0], flows[1], "9")
    runs(edges[1], flows[0], "Ä")
    client("edge_deployments.remove", deployment={"flowId": flows[1], "deviceId": None})
    records: list[Json] = client("edge_deployments.get", perPage=WHOLE)["items"]
    assert len(records) == len(flows) * len(devices)
    assert len({each["desiredVersion"] for each in records}) == 5
    return Model(records)


@pytest.mark.parametrize(("field", "direction"), [*product(SORT_FIELDS, ("asc", "desc"))])
def test_pages_are_those_of_the_model(
    client: Client, elsewhere: RunningService, model: Model, field: str, direction: str
) -> None:
    query: Json = {"sortField": field, "sortDirection": direction}
    check_pages(client.of(elsewhere), model, query)


def test_filtered_pages_are_those_of_the_model(client: Client, elsewhere: RunningService, model: Model) -> None:
    one = model.records[0]
    filters: list[Json] = [
        {"deviceId": one["deviceId"]},
        {"flowId": one["flowId"]},
        *({"version": version} for version in VERSIONS),
        {"filterEmpty": True},
        {"filterEmpty": True, "flowId": one["flowId"], "version": "9"},
        {"deviceId": one["deviceId"], "version": "never there"},
    ]
    for number, filtered in enumerate(filters):
        direction = ("asc", "desc")[number % 2]
        check_pages(client.of(elsewhere), model, {"sortField": "id", "sortDirection": direction, **filtered})


def check_pages(client: Client, model: Model, query: Json) -> None:
    """Fail unless every page has what the model has on it, and the one after the last has nothing."""
    total = len(model.passing(query))
    for number in count():
        answer = client("edge_deployments.get", **query, page=number, perPage=PER_PAGE)
        ids = [each["id"] for each in answer["items"]]
        assert ids == model.page(query, number), query
        assert (answer["count"], answer["totalCount"]) == (len(ids), total), query
        assert (answer["page"], answer["perPage"]) == (number, PER_PAGE)
        if not ids:
            return


def test_a_thousand_devices_take_a_release_whose_ids_travel_in_the_body(
    service: RunningService, python_client: Client, javascript_client: Client
) -> None:
    workspace = in_another_workspace(service)
    devices = put_devices(workspace, WHOLE)
    python, javascript = python_client.of(workspace), javascript_client.of(workspace)
    flow = new_flow(python, "v1", "v2")
    for client, version in ((python, "v1"), (javascript, "v2")):
        with client.sending() as sent:
            release(client, flow, version, *devices)
        assert len(sent[0].body) > WHOLE * len(devices[0])
        answer = client("edge_deployments.get", perPage=WHOLE, version=version)
        assert answer["totalCount"] == WHOLE
        assert {each["deviceId"] for each in answer["items"]} == set(devices)


def put_devices(service: RunningService, number: int) -> list[str]:
    """Devices that are stored as if they had been created by calls, but faster."""
    table = DynamoTable(EngineClients(service.aws["endpoint_url"]).dynamodb, service.aws["table"])
    workspace, now = service.mender["workspace"], datetime.now(UTC)
    ids = [make_object_id(now, f"{index:032x}") for index in range(number)]
    devices = [
        WorkflowDevice(workspace, each, each, DeviceClass.EDGE_COMPUTE, created=now, updated=now) for each in ids
    ]
    writes = [write for device in devices for write in new_workflow_device(device, "")]
    table.put_many([Record(write.key, write.item) for write in writes if isinstance(write, Put)])
    return ids
