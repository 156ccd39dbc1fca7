"""Ids of another application in a body are those of nothing; in a path they are in `test_every_route`."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.handlers.losant.calls import RELEASE, REMOVE, REPLACE, UNKNOWN, Json, Losant, refusal
from tests.support.seeds import expect
from tests.support.unchanged import nothing_changes


@dataclass(frozen=True, slots=True)
class Plant:
    """A program with a device and a flow, of which a version is released there."""

    program: Losant
    device: str
    flow: str


def plant_of(program: Losant, version: str) -> Plant:
    device, flow = program.device(), program.flow()
    program.publish(flow, version)
    program.release(flow, version, device)
    return Plant(program, device, flow)


@pytest.fixture(name="own")
def _own(losant: Losant) -> Plant:
    return plant_of(losant, "v1")


@pytest.fixture(name="foreign")
def _foreign(stranger: Losant) -> Plant:
    return plant_of(stranger, "v2")


BODIES = [
    (RELEASE, {"flowId": "own flow", "version": "v1", "deviceIds": ["foreign device"]}),
    (RELEASE, {"flowId": "own flow", "version": "v1", "deviceIds": ["own device", "foreign device"]}),
    (RELEASE, {"flowId": "own flow", "version": None, "deviceIds": ["foreign device"]}),
    (RELEASE, {"flowId": "own flow", "version": "v2", "deviceIds": ["own device"]}),
    (RELEASE, {"flowId": "foreign flow", "version": "v2", "deviceIds": ["own device"]}),
    (RELEASE, {"deployments": [{"flowId": "foreign flow", "version": None}], "deviceIds": ["own device"]}),
    (REMOVE, {"flowId": "foreign flow", "deviceId": None}),
    (REMOVE, {"flowId": None, "deviceId": "foreign device"}),
    (REMOVE, {"flowId": "own flow", "deviceId": "foreign device"}),
    (REMOVE, {"flowId": "foreign flow", "deviceId": "own device"}),
    (REPLACE, {"flowId": "foreign flow", "oldVersion": "v2", "newVersion": None}),
    (REPLACE, {"flowId": "foreign flow", "oldVersion": "v2", "newVersion": "v2"}),
    (REPLACE, {"flowId": "own flow", "oldVersion": "v1", "newVersion": "v2"}),
]


@pytest.mark.parametrize(("target", "body"), BODIES, ids=str)
def test_a_body_that_names_something_foreign_is_answered_as_if_there_was_none_and_changes_nothing(
    own: Plant, foreign: Plant, target: str, body: Json
) -> None:
    real = _filled(body, own, foreign)
    with nothing_changes(own.program.app):
        answer = own.program.call("POST", target, real)
    refusal(404, "NotFound", answer)
    nowhere = Plant(foreign.program, UNKNOWN, UNKNOWN)
    unknown = own.program.call("POST", target, _filled(body, own, nowhere))
    swapped = answer.text.replace(foreign.device, UNKNOWN).replace(foreign.flow, UNKNOWN)
    assert (unknown.status, unknown.text) == (answer.status, swapped)


def _filled(body: Json, own: Plant, foreign: Plant) -> Json:
    """Put ids in the place of what they are of."""
    ids = {
        "own flow": own.flow,
        "own device": own.device,
        "foreign flow": foreign.flow,
        "foreign device": foreign.device,
    }

    def fill(value: object) -> object:
        if isinstance(value, dict):
            return {name: fill(each) for name, each in value.items()}
        return list(map(fill, value)) if isinstance(value, list) else ids.get(str(value), value)

    return {name: fill(value) for name, value in body.items()}


def test_a_foreign_flow_in_a_report_is_ignored(own: Plant, foreign: Plant) -> None:
    edge = own.program.log_in(own.device)
    edge.desired()
    with nothing_changes(own.program.app):
        assert edge.report({"flowId": foreign.flow, "version": "v2"}) == [foreign.flow]
    assert edge.call("GET", f"/bundles/{foreign.flow}").status == 404


@pytest.mark.parametrize("body", [{}, {"deviceIds": ["foreign device"]}], ids=str)
def test_a_key_lets_no_foreign_device_in(own: Plant, foreign: Plant, body: Json) -> None:
    key = own.program.post("/keys", _filled(body, own, foreign))
    proof = {"key": key["key"], "secret": key["secret"]}
    login = {"deviceId": foreign.device, **proof}
    refusal(401, "Unauthorized", own.program.app.call("POST", "/auth/device", login))
    status = 401 if body else 200
    expect(status, own.program.app.call("POST", "/auth/device", {"deviceId": own.device, **proof}))
