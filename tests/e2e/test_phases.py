"""A deployment in phases, opened by the deployed state machine while devices keep asking."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from infra.local.simulated_device import Behaviour
from tests.e2e.operator import DEPLOYMENTS, Operator
from tests.support.waiting import wait_for

pytestmark = pytest.mark.engine

UNTIL_THE_SECOND_PHASE = timedelta(seconds=3)


def test_a_second_phase_opens_at_its_time_without_anybody_asking_for_it(operator: Operator) -> None:
    devices = operator.enrol(Behaviour.SUCCEEDS, Behaviour.SUCCEEDS)
    operator.upload("app")
    start = datetime.now(UTC) + UNTIL_THE_SECOND_PHASE
    body = {
        "name": operator.named("staged"),
        "artifact_name": operator.named("app"),
        "devices": [device.id for device in devices],
        "phases": [{"batch_size": 50}, {"start_ts": start.isoformat()}],
    }
    made = operator.api.post(f"{DEPLOYMENTS}/deployments", json=body).raise_for_status()
    deployment = made.headers["location"].rpartition("/")[2]

    wait_for("work for both", lambda: [device.poll().status_code for device in devices] == [httpx.codes.OK] * 2)

    assert datetime.now(UTC) >= start
    assert [phase["device_count"] for phase in operator.user.deployment(deployment)["phases"]] == [1, 1]
