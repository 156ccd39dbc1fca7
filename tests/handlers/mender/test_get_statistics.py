"""GET /deployments/{id}/statistics (mender contract 2.12, 10.3, 16.14)."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.handlers.mender.calls import UNKNOWN, WORDS, ZEROS, Management, ask, error_of, provides
from tests.support.app import App
from tests.support.seeds import DEVICE_TYPE, Device, expect, report, seed_workspace

REPORTED = (
    "downloading",
    "installing",
    "rebooting",
    "success",
    "failure",
    "already-installed",
    "pause_before_installing",
    "pause_before_rebooting",
    "pause_before_committing",
)


def step(app: App, device: Device, deployment_id: str, chance: random.Random) -> None:
    """Let a device do one thing: ask as before, ask as another board, or report any word."""
    kind = chance.choice(("ask", "ask otherwise", "report", "report", "report"))
    if kind == "report":
        expect(204, report(app, device, deployment_id, chance.choice(REPORTED)))
        return
    device_type = DEVICE_TYPE if kind == "ask" else "board-z"
    assert ask(app, device, provides(device_type=device_type)).status in {200, 204, 409}


def test_14_decision_12_there_are_thirteen_counters(management: Management) -> None:
    assert len(WORDS) == 13
    assert set(management.statistics(management.deploy("d-100"))) == set(WORDS)


@pytest.mark.parametrize("retries", [0, 2])
@pytest.mark.parametrize("seed", [1, 2])
def test_14_the_sum_is_the_number_of_targets_after_every_step_of_a_random_walk(
    app: App, management: Management, seed: int, retries: int
) -> None:
    chance = random.Random(seed)
    devices = management.enrol(20)
    deployment_id = management.deploy(*devices, retries=retries)
    seen: set[str] = set()
    for _ in range(200):
        step(app, chance.choice(devices), deployment_id, chance)
        counted = management.statistics(deployment_id)
        assert sum(counted.values()) == 20
        assert {word: count for word, count in counted.items() if count} == dict(
            Counter(management.statuses(deployment_id).values())
        )
        seen |= {word for word, count in counted.items() if count}
    assert seen >= {*REPORTED, "pending", "noartifact"}
    assert management.deployment(deployment_id)["statistics"]["status"] == counted


def test_14_an_abort_in_the_middle_of_the_walk_leaves_nothing_open(app: App, management: Management) -> None:
    chance = random.Random(3)
    devices = management.enrol(20)
    deployment_id = management.deploy(*devices)
    for _ in range(40):
        step(app, chance.choice(devices), deployment_id, chance)
    management.abort(deployment_id)
    counted = management.statistics(deployment_id)
    assert {word for word, count in counted.items() if count} <= {
        "success",
        "failure",
        "noartifact",
        "already-installed",
        "aborted",
    }
    assert sum(counted.values()) == 20
    assert {word: count for word, count in counted.items() if count} == dict(
        Counter(management.statuses(deployment_id).values())
    )


def test_a_repeated_report_is_counted_once(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, "d-100")
    for word in ("installing", "installing", "success", "success"):
        expect(204, report(app, device, deployment_id, word))
    assert management.statistics(deployment_id) == {**ZEROS, "success": 1, "pending": 1}


@pytest.mark.parametrize(("identifier", "status"), [("foo", 400), (UNKNOWN, 404)])
def test_an_id_must_be_a_uuid_of_a_deployment(management: Management, identifier: str, status: int) -> None:
    text = error_of(status, management.call("GET", f"/{identifier}/statistics"))
    assert text == ("Resource not found" if status == 404 else "ID is not a valid UUID")


def test_09_another_workspaces_statistics_are_404(management: Management) -> None:
    other = Management(management.app, seed_workspace(management.app, "b"))
    error_of(404, other.call("GET", f"/{management.deploy('d-100')}/statistics"))
