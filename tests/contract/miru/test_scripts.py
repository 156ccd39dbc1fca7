"""The scripts of contract 10.1 and 10.2, and one that waits for nothing, as their users would write them."""

from __future__ import annotations

import json

import pytest

from tests.contract.miru.catalogue import Catalogue, create
from tests.contract.miru.sdk import APPROVALS, EVERGLADES, TETONS, ZION, Package, Sdk, run_script
from tests.support.service import RunningService, in_another_workspace

pytestmark = pytest.mark.genuine


def test_10_4_point_1_the_script_of_10_1_runs_to_its_end(service: RunningService) -> None:
    refusal = json.loads(run_script("tetons.py", TETONS, in_another_workspace(service)))
    assert refusal["error"]["code"] == "deployment_not_archivable"


@pytest.mark.parametrize(("package", "word"), [(APPROVALS, "pending"), (ZION, "staged")])
def test_10_4_point_1_the_script_of_10_2_runs_to_its_end(
    service: RunningService, tetons: Sdk, catalogue: Catalogue, package: Package, word: str
) -> None:
    parent = create(tetons, catalogue)
    ids = (catalogue.device, catalogue.release, catalogue.schema, parent)
    printed = json.loads(run_script("approvals.py", package, service, *ids, word))
    (instance,) = printed["deployment"]["config_instances"]
    assert printed["deployment"]["status"] == word
    assert instance["relative_filepath"] == "/v1/drivetrain.json"
    assert printed["effect"] == "none"
    assert tetons("deployments.retrieve", parent)["status"] == "archived"


@pytest.mark.parametrize("package", [TETONS, APPROVALS, ZION, EVERGLADES])
def test_10_the_asynchronous_client_makes_things_at_once_lists_them_and_knows_a_refusal(
    service: RunningService, unique: str, package: Package
) -> None:
    refusal = json.loads(run_script("asynchronous.py", package, service, package.module, unique))
    assert refusal["error"]["code"] == "device_name_taken"
