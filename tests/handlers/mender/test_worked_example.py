"""The worked example of mender contract 15, from the creation of a deployment to its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from tests.handlers.mender.calls import ZEROS, Management, provides, put_status
from tests.support.app import Answer, App
from tests.support.seeds import DEVICES_V1, DEVICES_V2, Device, expect

MINUTE = datetime(2026, 3, 11, 13, tzinfo=UTC)


@pytest.fixture(name="devices")
def _devices(management: Management) -> tuple[Device, Device, Device]:
    """What the example calls `d-100`, `d-101` and `d-102`."""
    first, second, third = management.enrol(3)
    return first, second, third


@pytest.fixture(name="deployment")
def _deployment(management: Management, devices: tuple[Device, Device, Device]) -> str:
    management.app.pass_time(minutes=3, seconds=17, milliseconds=63)
    return management.deploy(*devices)


def at(app: App, minute: int, second: int) -> None:
    """Move the clock to a time of the example's hour."""
    elapsed = datetime.now(UTC) - MINUTE
    app.pass_time(seconds=(timedelta(minutes=minute, seconds=second) - elapsed).total_seconds())


def ask_v1(app: App, device: Device, artifact_name: str, device_type: str) -> Answer:
    query = urlencode(provides(artifact_name, device_type))
    return app.call("GET", f"{DEVICES_V1}/next?{query}", token=device.token)


def run(app: App, devices: tuple[Device, Device, Device], deployment: str) -> Answer:
    """Let the devices do what they do in the example; the answer to the one that is given work."""
    works, has_it, is_other = devices
    at(app, 5, 0)
    body = {"device_provides": provides("app-1.0"), "update_control_map": True}
    offer = expect(200, app.call("POST", f"{DEVICES_V2}/next", body, token=works.token))
    at(app, 5, 2)
    expect(204, put_status(app, works, deployment, {"status": "downloading"}))
    at(app, 5, 30)
    expect(204, ask_v1(app, has_it, "app-2", "board-a"))
    at(app, 6, 0)
    expect(204, ask_v1(app, is_other, "app-2", "board-z"))
    at(app, 8, 0)
    expect(204, put_status(app, works, deployment, {"status": "installing", "substate": "copying"}))
    at(app, 9, 40)
    expect(204, put_status(app, works, deployment, {"status": "success"}))
    return offer


def test_the_deployment_as_created(management: Management, devices: tuple[Device, ...], deployment: str) -> None:
    shown = management.deployment(deployment)
    (artifact_id,) = shown["artifacts"]
    assert management.artifact(artifact_id)["name"] == "app-2"
    assert shown == {
        "id": deployment,
        "name": "spring rollout",
        "artifact_name": "app-2",
        "created": "2026-03-11T13:03:17.063Z",
        "status": "pending",
        "device_count": 0,
        "max_devices": 3,
        "type": "software",
        "artifacts": [artifact_id],
        "filter": {
            "terms": [
                {"scope": "identity", "attribute": "id", "type": "$in", "value": [device.id for device in devices]}
            ]
        },
        "statistics": {"total_size": 0, "status": {**ZEROS, "pending": 3}},
    }


def test_the_offer(management: Management, devices: tuple[Device, Device, Device], deployment: str) -> None:
    offer = run(management.app, devices, deployment).json()
    source = offer["artifact"].pop("source")
    (artifact_id,) = management.deployment(deployment)["artifacts"]
    assert offer == {
        "id": deployment,
        "artifact": {"id": artifact_id, "artifact_name": "app-2", "device_types_compatible": ["board-a"]},
    }
    assert source["uri"].startswith("https://")
    assert source["expire"] == "2026-03-12T13:05:00.000Z"


def test_the_way_of_the_deployment(
    app: App, management: Management, devices: tuple[Device, ...], deployment: str
) -> None:
    works, has_it, is_other = devices
    expect(204, ask_v1(app, has_it, "app-2", "board-a"))
    assert management.deployment(deployment)["status"] == "inprogress"
    expect(204, ask_v1(app, is_other, "app-2", "board-z"))
    expect(200, ask_v1(app, works, "app-1.0", "board-a"))
    assert management.deployment(deployment)["status"] == "inprogress"
    expect(204, put_status(app, works, deployment, {"status": "success"}))
    assert management.deployment(deployment)["status"] == "finished"


def test_the_statistics(management: Management, devices: tuple[Device, Device, Device], deployment: str) -> None:
    run(management.app, devices, deployment)
    assert management.statistics(deployment) == {**ZEROS, "success": 1, "already-installed": 1, "noartifact": 1}
    shown = management.deployment(deployment)
    (artifact_id,) = shown["artifacts"]
    assert shown["statistics"]["total_size"] == management.artifact(artifact_id)["size"]
    assert (shown["status"], shown["finished"], shown["device_count"]) == ("finished", "2026-03-11T13:09:40.000Z", 3)


def test_the_devices(management: Management, devices: tuple[Device, Device, Device], deployment: str) -> None:
    works, has_it, is_other = devices
    run(management.app, devices, deployment)
    image = management.artifact(management.deployment(deployment)["artifacts"][0])
    common = {"log": False, "created": "2026-03-11T13:03:17.063Z"}
    assert management.devices(deployment) == [
        {
            "id": works.id,
            "status": "success",
            "device_type": "board-a",
            **common,
            "started": "2026-03-11T13:05:02.000Z",
            "finished": "2026-03-11T13:09:40.000Z",
            "substate": "copying",
            "image": image,
        },
        {
            "id": is_other.id,
            "status": "noartifact",
            "device_type": "board-z",
            **common,
            "finished": "2026-03-11T13:06:00.000Z",
        },
        {
            "id": has_it.id,
            "status": "already-installed",
            "device_type": "board-a",
            **common,
            "finished": "2026-03-11T13:05:30.000Z",
            "image": image,
        },
    ]


def test_the_headers_of_a_page_in_the_middle(management: Management) -> None:
    for number in range(57):
        management.abort(management.deploy("d-100", name=f"rollout {number}"))
    answer = expect(200, management.call("GET", "?page=2&per_page=20&status=finished"))
    here = "/api/management/v1/deployments/deployments"
    assert answer.headers["x-total-count"] == "57"
    assert answer.headers["link"] == (
        f'<{here}?page=1&per_page=20&status=finished>; rel="first", '
        f'<{here}?page=1&per_page=20&status=finished>; rel="prev", '
        f'<{here}?page=3&per_page=20&status=finished>; rel="next", '
        f'<{here}?page=3&per_page=20&status=finished>; rel="last"'
    )
