"""One deployment, read in every version whichever made it (contract 1.3, 1.4, 10.4 point 2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.local.config_device_client import ConfigDeviceClient
from tests.contract.driver import Json
from tests.contract.miru.catalogue import CONTENT, Catalogue, create, deploy
from tests.contract.miru.sdk import Sdk
from tests.support.service import RunningService

pytestmark = pytest.mark.genuine

ALIKE = ("id", "description", "device_id", "release_id", "error_status", "created_at", "updated_at")


class Words(NamedTuple):
    """What a version says of the target and of the activity."""

    target: str
    activity: str


@dataclass(frozen=True, slots=True)
class Readers:
    """The genuine SDK of each version."""

    tetons: Sdk
    approvals: Sdk
    zion: Sdk

    def assert_read(self, deployment: str, *, tetons: Words, approvals: Words, zion: Words) -> None:
        """Each version says its own words, finds the deployment by them, and the same of everything else."""
        read = [
            _read_by(self.tetons, deployment, tetons),
            _read_by(self.approvals, deployment, approvals),
            _read_by(self.zion, deployment, zion),
        ]
        alike = [{member: each[member] for member in ALIKE} for each in read]
        assert alike == [alike[0]] * len(alike)


@pytest.fixture
def readers(tetons: Sdk, approvals: Sdk, zion: Sdk) -> Readers:
    return Readers(tetons, approvals, zion)


@pytest.fixture
def device(service: RunningService, tetons: Sdk, catalogue: Catalogue) -> Iterator[ConfigDeviceClient]:
    """What runs on the device of the catalogue."""
    with httpx.Client(base_url=service.credentials["miru"]["url"], timeout=30, trust_env=False) as http:
        client = ConfigDeviceClient(http, rsa.generate_private_key(public_exponent=65537, key_size=2048))
        client.activate(tetons("devices.issue_activation_token", catalogue.device)["token"])
        yield client


def _read_by(sdk: Sdk, deployment: str, words: Words) -> Json:
    shown = sdk("deployments.retrieve", deployment)
    assert Words(shown["target_status"], shown["activity_status"]) == words
    assert shown["status"] == (words.activity if shown["error_status"] == "none" else shown["error_status"])
    (found,) = _meeting(sdk, deployment, words)
    assert found == shown
    return shown


def _meeting(sdk: Sdk, deployment: str, words: Words) -> list[Json]:
    filters = {"target_status": words.target, "activity_status": words.activity}
    sent = {name: [word] for name, word in filters.items()} if sdk.speaks_tetons else filters
    found: list[Json] = sdk("deployments.list", id=[deployment] if sdk.speaks_tetons else deployment, **sent)["data"]
    return found


STAGED, QUEUED, ARCHIVED = Words("staged", "staged"), Words("deployed", "queued"), Words("archived", "archived")
DEPLOYED = Words("deployed", "deployed")
APPROVED, PENDING = Words("approved", "approved"), Words("pending", "pending")


def test_10_4_point_2_a_staged_one_reads_right(sdk: Sdk, catalogue: Catalogue, readers: Readers) -> None:
    readers.assert_read(create(sdk, catalogue), tetons=STAGED, approvals=APPROVED, zion=STAGED)


def test_10_4_point_2_a_pending_one_reads_right_until_it_is_approved(
    approvals: Sdk, catalogue: Catalogue, readers: Readers
) -> None:
    deployment = create(approvals, catalogue, target_status="pending")
    readers.assert_read(deployment, tetons=STAGED, approvals=PENDING, zion=STAGED)
    approvals("post", f"/deployments/{deployment}/approve")
    readers.assert_read(deployment, tetons=STAGED, approvals=APPROVED, zion=STAGED)


def test_10_4_point_2_a_drifted_one_reads_right_until_it_is_restaged(
    sdk: Sdk, catalogue: Catalogue, readers: Readers
) -> None:
    drifted, deployed = create(sdk, catalogue), create(sdk, catalogue, release_id=catalogue.next_release)
    deploy(sdk, deployed)
    needs_review = Words("staged", "needs_review")
    readers.assert_read(drifted, tetons=Words("staged", "drifted"), approvals=PENDING, zion=needs_review)
    assert [each["id"] for each in readers.tetons("deployments.list_drifts", drifted)["data"]] == [deployed]
    sdk("post", f"/deployments/{drifted}/stage")
    readers.assert_read(drifted, tetons=STAGED, approvals=APPROVED, zion=STAGED)


def test_10_4_point_2_a_queued_one_reads_right_until_it_is_superseded(
    sdk: Sdk, catalogue: Catalogue, readers: Readers
) -> None:
    queued = create(sdk, catalogue)
    deploy(sdk, queued)
    readers.assert_read(queued, tetons=QUEUED, approvals=QUEUED, zion=QUEUED)
    patch = create(sdk, catalogue, target_status="deployed")
    readers.assert_read(queued, tetons=ARCHIVED, approvals=ARCHIVED, zion=ARCHIVED)
    readers.assert_read(patch, tetons=QUEUED, approvals=QUEUED, zion=QUEUED)


def test_10_4_point_2_a_deployed_one_reads_right_until_its_device_has_removed_it(
    tetons: Sdk, catalogue: Catalogue, device: ConfigDeviceClient, readers: Readers
) -> None:
    deployed = create(tetons, catalogue)
    deploy(tetons, deployed)
    assert [each["id"] for each in device.deployments()] == [deployed]
    device.report(deployed, "deployed")
    readers.assert_read(deployed, tetons=DEPLOYED, approvals=DEPLOYED, zion=DEPLOYED)
    create(tetons, catalogue, target_status="deployed")
    superseded, removing = Words("archived", "deployed"), Words("archived", "removing")
    readers.assert_read(deployed, tetons=superseded, approvals=superseded, zion=superseded)
    device.report(deployed, "removing")
    readers.assert_read(deployed, tetons=superseded, approvals=removing, zion=removing)
    device.report(deployed, "archived")
    readers.assert_read(deployed, tetons=ARCHIVED, approvals=ARCHIVED, zion=ARCHIVED)


def test_10_4_point_2_one_that_is_validated_reads_right_until_its_verdict(
    sdk: Sdk, catalogue: Catalogue, readers: Readers, unique: str
) -> None:
    schemas = [catalogue.schema]
    release = readers.tetons("releases.create", version=f"v3.0.0-r{unique}", config_schema_ids=schemas)["id"]
    readers.tetons("patch", f"/releases/{release}", body={"custom_validation": True})
    deployment = create(sdk, catalogue, release_id=release)
    staged = Words("staged", "validating")
    readers.assert_read(deployment, tetons=STAGED, approvals=Words("approved", "validating"), zion=staged)
    judged = {"is_valid": False, "message": "too fast", "config_instances": []}
    verdict = readers.approvals("deployments.validate", deployment, **judged)
    assert verdict["effect"] == "reject"
    assert (verdict["deployment"]["status"], verdict["deployment"]["target_status"]) == ("failed", "archived")
    assert verdict["deployment"]["validation"] == {"message": "too fast", "config_instances": []}
    readers.assert_read(deployment, tetons=ARCHIVED, approvals=ARCHIVED, zion=ARCHIVED)


def test_10_4_point_2_instances_made_in_tetons_read_right_in_the_older_versions(
    tetons: Sdk, older_sdk: Sdk, catalogue: Catalogue
) -> None:
    deployment = create(tetons, catalogue)
    expand = ["config_instances.content", "config_instances.config_schema.config_type", "config_instances.device"]
    (shown,) = older_sdk("deployments.retrieve", deployment, expand=expand)["config_instances"]
    assert (shown["id"], shown["content"]) == (catalogue.instance, {"max_speed_mps": 1.0})
    assert (shown["status"], shown["device"]["id"]) == ("created", catalogue.device)
    assert shown["config_schema"]["config_type"]["id"] == catalogue.type


def test_10_4_point_2_instances_made_in_the_older_versions_read_right_in_tetons(
    tetons: Sdk, older_sdk: Sdk, catalogue: Catalogue
) -> None:
    deployment = create(older_sdk, catalogue)
    (shown,) = tetons("deployments.retrieve", deployment, expand=["config_instances.content"])["config_instances"]
    assert shown["filepath"] == "/srv/miru/config_instances/v1/drivetrain.json"
    assert shown["content"] == {"format": "json", "data": '{"max_speed_mps": 1.0}'}


def test_seed_002_what_is_not_given_anew_is_transferred(older_sdk: Sdk, tetons: Sdk, catalogue: Catalogue) -> None:
    parent = create(tetons, catalogue)
    options = {"new_config_instances": [], "patch_source_id": parent, "release_id": catalogue.next_release}
    patched = create(older_sdk, catalogue, **options)
    shown = tetons("deployments.retrieve", patched, expand=["config_instances"])
    assert [each["id"] for each in shown["config_instances"]] == [catalogue.instance]
    assert tetons("config_instances.download", catalogue.instance)["content"] == CONTENT
    assert tetons("deployments.retrieve", parent)["status"] == "archived"
