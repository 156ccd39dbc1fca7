"""The script of contract 10.1 with `miru-platform-sdk` 0.9.0: from a device to a deployment on its way to it."""

import json
import sys

from miru_platform_sdk import ConflictError, Miru  # type: ignore[import-not-found]

client = Miru(_strict_response_validation=True)
assert client.principal.self().object == "principal"

device = client.devices.create(name="cart-7")
client.config_types.create(name="Drivetrain", slug="drivetrain")
schema = client.config_schemas.create(
    config_type_ref={"slug": "drivetrain"},
    language="jsonschema",
    format="json",
    documents=[{"name": "drivetrain.json", "data": '{"type": "object"}'}],
    instance_filepath="/srv/miru/configs/drivetrain.json",
)
release = client.releases.create(version="v1.0.0", config_schema_ids=[schema.id])
instance = client.config_instances.create(
    config_schema_id=schema.id, content={"format": "json", "data": '{"max_speed_mps": 1.0}'}
)
staged = client.deployments.create(
    target_status="staged",
    description="first",
    release_id=release.id,
    device_id=device.id,
    config_instance_ids=[instance.id],
    expand=["device", "release"],
)
assert (staged.target_status, staged.activity_status) == ("staged", "staged")
assert (staged.device, staged.release) == (device, release)
deployed = client.deployments.deploy(staged.id, expand=["config_instances"])
assert (deployed.target_status, deployed.activity_status) == ("deployed", "queued")
assert deployed.config_instances == [instance]
try:
    client.deployments.archive(deployed.id)
except ConflictError as refused:
    json.dump(refused.body, sys.stdout)
