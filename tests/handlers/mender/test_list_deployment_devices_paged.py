"""GET /deployments/{id}/devices/list (mender contract 1.6, 4.2, 10.1)."""

from __future__ import annotations

import pytest

from tests.handlers.mender.calls import DEPLOYMENTS, UNKNOWN, WORDS, Management, ask, error_of, provides
from tests.support.app import Answer, App
from tests.support.seeds import Device, expect, report, seed_workspace
from tests.support.unchanged import nothing_changes

PAUSES = {"pause_before_installing", "pause_before_committing", "pause_before_rebooting"}
OPEN = {*PAUSES, "downloading", "installing", "rebooting", "pending"}
REACHED = (*sorted(OPEN - {"pending"}), "success", "failure", "already-installed", "noartifact", "pending")


def call(management: Management, deployment_id: str, query: str = "") -> Answer:
    return management.call("GET", f"/{deployment_id}/devices/list?{query}")


def statuses(management: Management, deployment_id: str, query: str) -> list[str]:
    return [each["status"] for each in expect(200, call(management, deployment_id, query)).json()]


def reach(app: App, device: Device, deployment_id: str, word: str) -> None:
    """Bring a device to a status by the way that leads there."""
    if word == "noartifact":
        expect(204, ask(app, device, provides(device_type="board-z")))
    elif word != "pending":
        expect(204, report(app, device, deployment_id, word))


@pytest.fixture(name="spread", params=[0, 100], ids=["short list", "long list"])
def _spread(app: App, management: Management, request: pytest.FixtureRequest) -> str:
    """A deployment with a device at every status that one comes to by itself, and so many that never ask."""
    devices = management.enrol(len(REACHED))
    deployment_id = management.deploy(*devices, *(f"z-{number}" for number in range(request.param)))
    for device, word in zip(devices, REACHED, strict=True):
        reach(app, device, deployment_id, word)
    return deployment_id


def test_12_thirty_devices_are_pages_of_twenty_and_ten(management: Management) -> None:
    deployment_id = management.deploy(*(f"d-{number:02}" for number in range(30)))
    first, second, third = (expect(200, call(management, deployment_id, f"page={page}")) for page in (1, 2, 3))
    assert [len(each.json()) for each in (first, second, third)] == [20, 10, 0]
    assert [*first.json(), *second.json()] == management.devices(deployment_id)
    assert {each.headers["x-total-count"] for each in (first, second, third)} == {"30"}
    assert first.headers["link"] == ", ".join(
        f'<{DEPLOYMENTS}/{deployment_id}/devices/list?page={page}&per_page=20>; rel="{relation}"'
        for relation, page in (("first", 1), ("next", 2), ("last", 2))
    )


def test_pages_show_what_the_whole_list_shows(management: Management, spread: str) -> None:
    pages = [expect(200, call(management, spread, f"per_page=25&page={page}")).json() for page in range(1, 6)]
    assert [device for page in pages for device in page] == management.devices(spread)


@pytest.mark.parametrize("word", WORDS)
def test_a_status_finds_the_devices_that_stand_there(management: Management, spread: str, word: str) -> None:
    wanted = [each for each in management.devices(spread) if each["status"] == word]
    answer = expect(200, call(management, spread, f"status={word}&per_page=500"))
    assert answer.json() == wanted
    assert answer.headers["x-total-count"] == str(len(wanted))


@pytest.mark.parametrize(("word", "those"), [("pause", PAUSES), ("active", OPEN), ("finished", {*WORDS} - OPEN)])
def test_a_class_finds_the_devices_at_any_of_its_statuses(
    management: Management, spread: str, word: str, those: set[str]
) -> None:
    wanted = [each["status"] for each in management.devices(spread) if each["status"] in those]
    assert set(wanted) == those & set(REACHED)
    assert statuses(management, spread, f"status={word}&per_page=500") == wanted


def test_what_is_shown_of_a_device_is_never_late(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, *(f"z-{number:03}" for number in range(100)))
    app.table.index_lag = 100
    expect(204, report(app, device, deployment_id, "installing"))
    shown = expect(200, call(management, deployment_id, "per_page=500")).json()
    assert {each["status"] for each in shown if each["id"] == device.id} == {"installing"}


def test_an_abort_turns_what_was_open_into_aborted(management: Management, spread: str) -> None:
    before = management.statistics(spread)
    management.abort(spread)
    assert statuses(management, spread, "status=active") == []
    answer = expect(200, call(management, spread, "status=aborted&per_page=1"))
    assert answer.headers["x-total-count"] == str(sum(before[word] for word in OPEN))


def test_devices_of_a_deployment_to_all_that_never_asked_are_pending(app: App, management: Management) -> None:
    asked, *others = management.enrol(3)
    deployment_id = management.deploy(all_devices=True)
    expect(204, report(app, asked, deployment_id, "installing"))
    found = expect(200, call(management, deployment_id, "status=pending")).json()
    assert [each["id"] for each in found] == sorted(each.id for each in others)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("status=foo", "status: must be a valid value"),
        ("status=Pending", "status: must be a valid value"),
        ("status=timed-out", "status: must be a valid value"),
        ("page=0", "invalid page query: value must be a non-zero positive integer"),
        ("per_page=x", 'invalid per_page query: "x"'),
        ("per_page=501", 'parameter "per_page" above limit (max: 500)'),
    ],
)
def test_a_bad_query_is_400_and_says_which(management: Management, query: str, text: str) -> None:
    deployment_id = management.deploy("d-100")
    with nothing_changes(management.app):
        assert error_of(400, call(management, deployment_id, query)) == text


@pytest.mark.parametrize(("identifier", "status"), [("foo", 400), (UNKNOWN, 404)])
def test_an_id_must_be_a_uuid_of_a_deployment(management: Management, identifier: str, status: int) -> None:
    text = error_of(status, call(management, identifier))
    assert text == ("Resource not found" if status == 404 else "ID is not a valid UUID")


def test_09_another_workspaces_devices_are_404(management: Management) -> None:
    other = Management(management.app, seed_workspace(management.app, "b"))
    error_of(404, call(other, management.deploy("d-100")))
