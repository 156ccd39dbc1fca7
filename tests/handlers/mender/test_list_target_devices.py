"""GET /deployments/{id}/device_list (mender contract 4.2)."""

from __future__ import annotations

import pytest

from tests.handlers.mender.calls import UNKNOWN, Management, error_of
from tests.support.seeds import expect, seed_workspace


def targets(management: Management, deployment_id: str) -> list[str]:
    shown: list[str] = expect(200, management.call("GET", f"/{deployment_id}/device_list")).json()
    return shown


@pytest.mark.parametrize("size", [1, 100, 101, 1001])
def test_a_list_of_any_length_is_shown_as_it_was_given(management: Management, size: int) -> None:
    ids = [f"d-{number}" for number in reversed(range(size))]
    assert targets(management, management.deploy(*ids)) == ids


def test_a_device_named_twice_is_targeted_once(management: Management) -> None:
    assert targets(management, management.deploy("d-2", "d-1", "d-2")) == ["d-2", "d-1"]


def test_all_devices_are_those_that_were_accepted_when_it_was_made(management: Management) -> None:
    devices = management.enrol(3)
    deployment_id = management.deploy(all_devices=True)
    management.enrol(1, after=3)
    assert sorted(targets(management, deployment_id)) == sorted(device.id for device in devices)


def test_an_abort_takes_no_device_off_the_list(management: Management) -> None:
    deployment_id = management.deploy("d-100")
    management.abort(deployment_id)
    assert targets(management, deployment_id) == ["d-100"]


@pytest.mark.parametrize(("identifier", "status"), [("foo", 400), (UNKNOWN, 404)])
def test_an_id_must_be_a_uuid_of_a_deployment(management: Management, identifier: str, status: int) -> None:
    text = error_of(status, management.call("GET", f"/{identifier}/device_list"))
    assert text == ("Resource not found" if status == 404 else "ID is not a valid UUID")


def test_another_workspaces_devices_are_404(management: Management) -> None:
    other = Management(management.app, seed_workspace(management.app, "b"))
    error_of(404, other.call("GET", f"/{management.deploy('d-100')}/device_list"))
