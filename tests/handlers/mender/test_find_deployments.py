"""GET /api/management/v2/deployments/deployments (mender contract 2.8, 4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.handlers.mender.calls import UNKNOWN, Management, error_of
from tests.support.app import NOW, Answer, running_app
from tests.support.seeds import expect, report, seed_workspace
from tests.support.unchanged import nothing_changes

FOUND = "/api/management/v2/deployments/deployments"
THEN = int(NOW.timestamp())


@pytest.fixture(scope="module", name="rollouts")
def _rollouts() -> Iterator[tuple[Management, list[str]]]:
    """Nine deployments, of which each three in turn have one name, made a second apart. No test changes them."""
    with running_app() as app:
        management = Management(app, seed_workspace(app))
        management.upload("app-2")
        ids = []
        for number in range(9):
            ids.append(management.deploy(f"d-{number}", name=f"rollout {number % 3}"))
            app.pass_time(seconds=1)
        yield management, ids


def call(management: Management, query: str = "") -> Answer:
    return management.app.call("GET", f"{FOUND}?{query}", token=management.workspace.token)


def ids_of(management: Management, query: str = "") -> list[str]:
    return [each["id"] for each in expect(200, call(management, query)).json()]


def test_a_deployment_is_shown_as_in_the_first_version(rollouts: tuple[Management, list[str]]) -> None:
    management, _ = rollouts
    assert expect(200, call(management)).json() == management.find()


def test_names_are_exact_and_may_be_repeated(rollouts: tuple[Management, list[str]]) -> None:
    management, ids = rollouts
    name = quote("rollout 1")
    assert ids_of(management, f"name={name}") == [ids[7], ids[4], ids[1]]
    assert ids_of(management, f"name={name}&name={quote('rollout 2')}&name=&sort=asc") == [
        ids[place] for place in (1, 2, 4, 5, 7, 8)
    ]
    assert ids_of(management, "name=rollout") == ids_of(management, f"name={quote('Rollout 1')}") == []


def test_ids_may_be_repeated_and_unknown_ones_find_nothing(rollouts: tuple[Management, list[str]]) -> None:
    management, ids = rollouts
    assert ids_of(management, f"id={ids[3].upper()}&id={ids[5]}&id={UNKNOWN}") == [ids[5], ids[3]]
    assert ids_of(management, f"id={UNKNOWN}") == []


def test_what_is_found_has_one_of_the_ids_and_one_of_the_names(rollouts: tuple[Management, list[str]]) -> None:
    management, ids = rollouts
    query = f"id={ids[3]}&id={ids[4]}&name={quote('rollout 1')}"
    assert ids_of(management, query) == [ids[4]]


def test_times_and_sort_narrow_it_down_further(rollouts: tuple[Management, list[str]]) -> None:
    management, ids = rollouts
    name = f"name={quote('rollout 0')}"
    assert ids_of(management, f"{name}&created_after={THEN + 3}&sort=asc") == [ids[3], ids[6]]
    assert ids_of(management, f"{name}&created_before={THEN + 3}") == [ids[3], ids[0]]


def test_every_page_knows_the_total(rollouts: tuple[Management, list[str]]) -> None:
    management, ids = rollouts
    query = "name=rollout%200&per_page=2"
    answers = [expect(200, call(management, f"{query}&page={page}")) for page in (1, 2, 3)]
    assert [[each["id"] for each in answer.json()] for answer in answers] == [[ids[6], ids[3]], [ids[0]], []]
    assert {answer.headers["x-total-count"] for answer in answers} == {"3"}
    assert ['rel="next"' in answer.headers["link"] for answer in answers] == [True, False, False]
    assert f"<{FOUND}?name=rollout%200&page=2&per_page=2>" in answers[0].headers["link"]


def test_there_is_no_search_for_parts_of_names(rollouts: tuple[Management, list[str]]) -> None:
    management, ids = rollouts
    assert ids_of(management, "search=nothing") == ids[::-1]


def test_the_status_is_that_of_the_moment(management: Management) -> None:
    (device,) = management.enrol(1)
    running, ended, waiting = (management.deploy(device, f"d-{name}", name=name) for name in ("a", "b", "c"))
    expect(204, report(management.app, device, running, "installing"))
    management.abort(ended)
    assert ids_of(management, "status=inprogress&name=a&name=b") == [running]
    assert ids_of(management, "status=finished") == [ended]
    assert ids_of(management, "status=pending&name=c") == [waiting]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("id=foo", "ID is not a valid UUID"),
        (f"id={UNKNOWN}&id=foo", "ID is not a valid UUID"),
        ("page=0", "invalid page query: value must be a non-zero positive integer"),
        ("per_page=501", 'parameter "per_page" above limit (max: 500)'),
        ("status=foo", "unknown status foo"),
        ("type=firmware", 'unknown deployment type "firmware"'),
        ("sort=up", 'invalid form value: must be one of "asc" or "desc"'),
        ("created_before=x", "timestamp parsing failed for created_before parameter: invalid timestamp: x"),
        ("name=a&id_attribute=mac", "id_attribute and id_scope: one is given without the other"),
        ("name=a&id_scope=tags", "id_attribute and id_scope: one is given without the other"),
        ("name=a&id_attribute=mac&id_scope=inventory", "id_scope: must be a valid value"),
    ],
)
def test_a_bad_query_is_400_and_says_which(rollouts: tuple[Management, list[str]], query: str, text: str) -> None:
    management, _ = rollouts
    with nothing_changes(management.app):
        assert error_of(400, call(management, query)) == text


def test_a_name_that_no_deployment_has_finds_those_of_the_devices_with_such_an_attribute(
    management: Management,
) -> None:
    first, second = management.enrol(2)
    own, both = management.deploy(first, name="own"), management.deploy(first, second, name="both")
    everybodys = management.deploy(all_devices=True, name="everybody's")
    by_mac = f"name={quote(first.mac)}&id_attribute=mac&id_scope=identity"
    assert set(ids_of(management, by_mac)) == {own, both, everybodys}
    assert ids_of(management, f"{by_mac}&id={own}") == [own]
    assert ids_of(management, f"name={quote(second.mac)}&id_attribute=mac&id_scope=tags") == []
    assert ids_of(management, "name=nothing&id_attribute=mac&id_scope=identity") == []
    named = management.deploy("d-100", name=first.mac)
    assert ids_of(management, by_mac) == [named]


def test_a_tag_finds_the_deployments_of_its_devices(management: Management) -> None:
    (device,) = management.enrol(1)
    tagged = management.deploy(device, name="tagged")
    management.deploy("d-100", name="other")
    target = f"/api/management/v1/inventory/devices/{device.id}/tags"
    body = [{"name": "site", "value": "north"}]
    expect(200, management.app.call("PUT", target, body, token=management.workspace.token))
    assert ids_of(management, "name=north&id_attribute=site&id_scope=tags") == [tagged]
    assert ids_of(management, "name=south&id_attribute=site&id_scope=tags") == []


def test_an_attribute_that_too_many_devices_have_is_400(
    management: Management, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sluiceway.usecases.deployments_by_attribute.MOST_DEVICES", 1)
    query = "&".join(f"name={quote(device.mac)}" for device in management.enrol(2))
    text = error_of(400, call(management, f"{query}&id_attribute=mac&id_scope=identity"))
    assert text == "2 devices have this mac: name one that at most 1 have"


def test_another_workspaces_deployments_are_left_out(management: Management) -> None:
    foreign = management.deploy("d-100", name="theirs")
    other = Management(management.app, seed_workspace(management.app, "b"))
    assert ids_of(management, f"id={foreign}&name=theirs") == [foreign]
    assert ids_of(other, f"id={foreign}") == ids_of(other, "name=theirs") == []
