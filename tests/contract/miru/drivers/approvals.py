"""The script of contract 10.2 with `miru-server-sdk`: 0.5.0 speaks the approvals version, 0.6.1 zion."""

import json
import os
import sys

from miru_server_sdk import Miru  # type: ignore[import-not-found]

device_id, release_id, config_schema_id, patch_source_id, staged = sys.argv[1:]

client = Miru(api_key=os.environ["MIRU_API_KEY"], _strict_response_validation=True)
deployment = client.deployments.create(
    target_status=staged,
    description="night shift limits",
    device_id=device_id,
    release_id=release_id,
    new_config_instances=[
        {
            "config_schema_id": config_schema_id,
            "relative_filepath": "/v1/drivetrain.json",
            "content": {"max_speed_mps": 0.6},
        }
    ],
    patch_source_id=patch_source_id,
    expand=["config_instances"],
)
page = client.deployments.list(activity_status=staged, device_id=device_id, expand=["total_count"])
assert [each.id for each in page.data] == [deployment.id]
assert page.total_count == 1
verdict = client.deployments.validate(deployment.id, is_valid=True, message="ok", config_instances=[])
json.dump({"deployment": deployment.to_dict(mode="json"), "effect": verdict.effect}, sys.stdout)
