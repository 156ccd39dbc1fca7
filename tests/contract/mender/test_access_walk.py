"""Every documented path with no token, a wrong one, one of another kind and one of another workspace (contract 1.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import httpx
import pytest

from sluiceway.http.routes import Caller, Route
from sluiceway.storage.attributes import Attributes
from sluiceway.storage.table import Key
from tests.contract.mender.documented import DOCUMENT_PATH, DOCUMENTED, sample_event
from tests.contract.stage import Stage, staged
from tests.support.app import Answer
from tests.support.seeds import Device, SeededApp, Workspace, enrol_device, seed_workspace
from tests.support.service import RunningService
from tests.support.unchanged import stored_items

SECURED = {module: route for module, route in DOCUMENTED.items() if route.caller is not Caller.ANYONE}
WITH_IDS = {module: route for module, route in SECURED.items() if "{" in route.path}
LISTS = {module: route for module, route in SECURED.items() if route.method == "GET" and "{" not in route.path}
MANAGEMENT_REALM = 'Bearer realm="ManagementJWT"'
UNKNOWN = "6e5dfb9e-2f3e-4b8e-9d5a-9f3c0f0c8a01"

WITHOUT_404: Mapping[str, tuple[int, str]] = {
    "artifacts.get_limit": (200, "its parameter is a word, which every workspace knows"),
    "deployments.create_group_deployment": (422, "contract 2.7: the artifact it names is not there either"),
    "deployments.delete_device_history": (204, "contract 4.2: also when there is nothing to delete"),
    "deployments.list_device_history": (200, "contract 4.2: a device that nobody knows has no deployments"),
    "deployments.withdraw_device": (204, "contract 2.9: always, also for an unknown device"),
    "inventory.forget_inventory": (204, "contract 7: always"),
    "inventory.add_to_group": (200, "contract 7: it counts the devices that it knows, which are none"),
    "inventory.remove_from_group": (200, "as above"),
}
"""What an unknown id meets instead of 404, and why."""


class Stranger(NamedTuple):
    """Another workspace in the same service."""

    workspace: Workspace
    device: Device


@pytest.fixture(name="stage")
def _stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage


@pytest.fixture(name="stranger")
def _stranger(stage: Stage) -> Stranger:
    workspace = seed_workspace(stage.seeds.app, "b")
    return Stranger(workspace, enrol_device(stage.seeds.app, workspace, 9))


def credentials(kind: str, route: Route, seeds: SeededApp) -> dict[str, str]:
    good, other = seeds.workspace.token, seeds.updating.token
    if route.caller is Caller.DEVICE:
        good, other = other, good
    tokens = {"none": None, "wrong": f"{good[:-8]}AAAAAAAA", "no JWT": "wrong", "of another kind": other}
    return {} if tokens[kind] is None else {"authorization": f"Bearer {tokens[kind]}"}


def call_sample(route: Route, seeds: SeededApp, headers: Mapping[str, str]) -> Answer:
    """Send what the sample sends, with nothing changed but the credentials."""
    event = sample_event(route, seeds)
    kept = {name: value for name, value in event["headers"].items() if name != "authorization"}
    return seeds.app.invoke(f"mender.{route.module}", {**event, "headers": {**kept, **headers}})


def belongings(seeds: SeededApp) -> dict[Key, Attributes]:
    """Every item of the first workspace."""
    return {key: item for key, item in stored_items(seeds.app).items() if seeds.workspace.id in key.pk}


@pytest.mark.parametrize("kind", ["none", "wrong", "no JWT", "of another kind"])
@pytest.mark.parametrize("module", sorted(SECURED))
def test_28_without_a_good_token_a_good_request_is_401_and_changes_nothing(
    module: str, kind: str, stage: Stage
) -> None:
    route, before = SECURED[module], stored_items(stage.seeds.app)
    answer = call_sample(route, stage.seeds, credentials(kind, route, stage.seeds))
    assert answer.status == 401
    assert set(answer.json()) == {"error", "request_id"}
    assert answer.json()["request_id"] == answer.headers["x-men-requestid"]
    assert answer.headers.get("www-authenticate") == (MANAGEMENT_REALM if route.caller is Caller.USER else None)
    assert stored_items(stage.seeds.app) == before


@pytest.mark.parametrize("module", sorted(WITH_IDS))
def test_09_ids_of_another_workspace_are_those_of_nothing(module: str, stage: Stage, stranger: Stranger) -> None:
    route, before = WITH_IDS[module], belongings(stage.seeds)
    token = stranger.workspace.token if route.caller is Caller.USER else stranger.device.token
    answer = call_sample(route, stage.seeds, {"authorization": f"Bearer {token}"})
    assert answer.status == WITHOUT_404.get(module, (404, ""))[0], answer.text
    assert belongings(stage.seeds) == before


@pytest.mark.parametrize("module", sorted(LISTS))
def test_09_no_list_shows_anything_of_another_workspace(module: str, stage: Stage, stranger: Stranger) -> None:
    route, seeds = LISTS[module], stage.seeds
    token = stranger.workspace.token if route.caller is Caller.USER else stranger.device.token
    shown = call_sample(route, seeds, {"authorization": f"Bearer {token}"}).text
    secrets = (seeds.workspace.id, seeds.workspace.username, seeds.updating.id, seeds.waiting.mac, seeds.stranger.id)
    assert [secret for secret in (*secrets, seeds.artifact, seeds.unused, seeds.started) if secret in shown] == []


def test_every_path_that_knows_no_404_is_one_with_an_id() -> None:
    assert set(WITHOUT_404) <= set(WITH_IDS)
    assert all(reason for _, reason in WITHOUT_404.values())


def served_operations(api: httpx.Client) -> Iterator[tuple[str, str, dict[str, Any]]]:
    paths = api.get(DOCUMENT_PATH).raise_for_status().json()["paths"]
    for path, methods in paths.items():
        for method, operation in methods.items():
            if operation["security"] in ([{"user": []}], [{"device": []}]):
                yield method.upper(), filled(path), operation


def filled(path: str) -> str:
    return "/".join(UNKNOWN if segment.startswith("{") else segment for segment in path.split("/"))


@pytest.mark.engine
def test_28_the_running_service_answers_401_on_every_documented_path(service: RunningService) -> None:
    user = service.mender["token"]
    with httpx.Client(base_url=service.mender["url"], timeout=30) as api:
        operations = list(served_operations(api))
        assert len(operations) == len(SECURED)
        for method, path, operation in operations:
            is_user = operation["security"] == [{"user": []}]
            for token in (None, f"{user[:-8]}AAAAAAAA", None if is_user else user):
                headers = {} if token is None else {"Authorization": f"Bearer {token}"}
                answer = api.request(method, path, headers=headers)
                assert (answer.status_code, set(answer.json())) == (401, {"error", "request_id"}), operation
                assert answer.headers.get("www-authenticate") == (MANAGEMENT_REALM if is_user else None)
