"""POST /deployments/statistics/list (mender contract 1.8, 4.2)."""

from __future__ import annotations

import pytest

from tests.handlers.mender.calls import UNKNOWN, ZEROS, Management, error_of
from tests.support.app import Answer, App
from tests.support.seeds import Device, expect, report, seed_workspace

TARGET = "/statistics/list"


def ask_for(management: Management, *ids: str) -> Answer:
    return management.call("POST", TARGET, {"deployment_ids": list(ids)})


def test_every_deployment_has_its_own_counters(app: App, management: Management, device: Device) -> None:
    ended, waiting = management.deploy(device), management.deploy("d-100", "d-101", name="waiting")
    large = management.deploy(*(f"d-{number}" for number in range(65)), name="spread over shards")
    expect(204, report(app, device, ended, "success"))
    assert expect(200, ask_for(management, waiting, ended, large)).json() == [
        {"id": waiting, "stats": {**ZEROS, "pending": 2}},
        {"id": ended, "stats": {**ZEROS, "success": 1}},
        {"id": large, "stats": {**ZEROS, "pending": 65}},
    ]


def test_an_empty_list_is_answered_with_an_empty_object(management: Management) -> None:
    assert expect(200, ask_for(management)).text == "{}"


def test_unknown_ones_among_known_ones_are_left_out(management: Management) -> None:
    known = management.deploy("d-100")
    assert [each["id"] for each in expect(200, ask_for(management, UNKNOWN, known)).json()] == [known]


def test_none_found_is_404(management: Management) -> None:
    management.deploy("d-100")
    assert error_of(404, ask_for(management, UNKNOWN)) == "Deployment not found"


def test_another_workspaces_deployments_are_left_out_like_absent_ones(management: Management) -> None:
    foreign = management.deploy("d-100")
    other = Management(management.app, seed_workspace(management.app, "b"))
    assert error_of(404, ask_for(other, foreign)) == "Deployment not found"
    other.upload("app-2")
    own = other.deploy("d-100")
    assert [each["id"] for each in expect(200, ask_for(other, foreign, own)).json()] == [own]


def test_an_id_in_upper_case_or_named_twice_is_one_deployment(management: Management) -> None:
    known = management.deploy("d-100")
    assert [each["id"] for each in expect(200, ask_for(management, known.upper(), known)).json()] == [known]


@pytest.mark.parametrize(
    ("ids", "text"),
    [
        (["foo"], "0: must be a valid UUID."),
        ([""], "0: must be a valid UUID."),
        ([UNKNOWN, UNKNOWN, "foo", "bar"], "2: must be a valid UUID."),
    ],
)
def test_an_id_that_is_no_uuid_is_400_and_named_by_its_place(management: Management, ids: list[str], text: str) -> None:
    assert error_of(400, ask_for(management, *ids)) == text


def test_more_than_a_hundred_ids_are_400(management: Management) -> None:
    ids = [f"{UNKNOWN[:-3]}{number:03}" for number in range(101)]
    assert error_of(404, ask_for(management, *ids[:100])) == "Deployment not found"
    assert "at most 100 items" in error_of(400, ask_for(management, *ids))


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", {"deployment_ids": None}, {"deployment_ids": [1]}])
def test_any_other_body_is_400(management: Management, body: object) -> None:
    assert error_of(400, management.call("POST", TARGET, body))
