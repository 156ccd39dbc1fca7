"""A genuine client sees what a plan of the native API gives to its devices (design section 7)."""

from __future__ import annotations

import httpx
import pytest

from tests.contract.miru.catalogue import Catalogue
from tests.contract.miru.sdk import Sdk
from tests.support.service import RunningService, service
from tests.support.waiting import wait_for

__all__ = ["service"]

pytestmark = pytest.mark.engine


def test_as_its_phase_opens_a_device_has_a_deployment_with_target_deployed(
    service: RunningService, tetons: Sdk, catalogue: Catalogue
) -> None:
    native = service.native
    body = {
        "name": "slow down in aisle 4",
        "slot": "config",
        "release_id": catalogue.release,
        "instance_ids": [catalogue.instance],
        "target": {"devices": [catalogue.device]},
    }
    headers = {"Authorization": f"Bearer {native['api_key']}"}
    made = httpx.post(f"{native['url']}/api/v1/deployments", json=body, headers=headers, timeout=30, trust_env=False)
    assert made.status_code == 201, made.text

    def given() -> list[tuple[str, str, str]]:
        found = tetons("deployments.list", device_id=catalogue.device)["data"]
        return [(each["target_status"], each["activity_status"], each["release_id"]) for each in found]

    wait_for("the push", lambda: given() == [("deployed", "queued", catalogue.release)])
