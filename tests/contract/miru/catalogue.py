"""What a deployment takes, and deployments, made with the genuine SDKs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from tests.contract.miru.sdk import APPROVALS, Sdk

SCHEMA = '{"type": "object", "properties": {"max_speed_mps": {"type": "number"}}}'
CONTENT = '{\n  "max_speed_mps": 1.0\n}\n'


@dataclass(frozen=True, slots=True)
class Parts:
    """Ids of what two releases are made of, and the word that all their names have."""

    word: str
    type: str
    schema: str
    instance: str
    release: str
    next_release: str


@dataclass(frozen=True, slots=True)
class Catalogue(Parts):
    """The same, and a device that nobody else deploys to."""

    device: str
    device_name: str


def new_parts(tetons: Sdk, word: str) -> Parts:
    """Things that no other run of tests has."""
    config_type = tetons("config_types.create", name="Drivetrain", slug=f"drivetrain-{word}")["id"]
    schema = tetons(
        "config_schemas.create",
        config_type_ref={"id": config_type},
        language="jsonschema",
        format="json",
        documents=[{"name": "drivetrain.json", "data": SCHEMA}],
        instance_filepath=f"/srv/miru/configs/{word}.json",
    )["id"]
    release, next_release = (
        tetons("releases.create", version=f"v1.{minor}.0-r{word}", config_schema_ids=[schema])["id"]
        for minor in range(2)
    )
    return Parts(word, config_type, schema, new_instance(tetons, schema), release, next_release)


def with_device(parts: Parts, tetons: Sdk, name: str) -> Catalogue:
    """A device of the name, and the parts."""
    return Catalogue(**asdict(parts), device=tetons("devices.create", name=name)["id"], device_name=name)


def new_instance(tetons: Sdk, schema: str) -> str:
    made = tetons("config_instances.create", config_schema_id=schema, content={"format": "json", "data": CONTENT})
    return str(made["id"])


def staged_word(sdk: Sdk) -> str:
    """What the version of an SDK calls the target of a deployment that only waits to be deployed."""
    return "approved" if sdk.package is APPROVALS else "staged"


def deployment_options(sdk: Sdk, catalogue: Catalogue, **changes: object) -> dict[str, Any]:
    """What `deployments.create` of an SDK takes to stage the first release."""
    named = {"config_instance_ids": [catalogue.instance]}
    inline = {
        "config_schema_id": catalogue.schema,
        "relative_filepath": "/v1/drivetrain.json",
        "content": json.loads(CONTENT),
    }
    return {
        "target_status": staged_word(sdk),
        "description": "slow down in aisle 4",
        "device_id": catalogue.device,
        "release_id": catalogue.release,
        **(named if sdk.speaks_tetons else {"new_config_instances": [inline]}),
        **changes,
    }


def create(sdk: Sdk, catalogue: Catalogue, **changes: object) -> str:
    """A deployment, staged unless changed."""
    return str(sdk("deployments.create", **deployment_options(sdk, catalogue, **changes))["id"])


def deploy(sdk: Sdk, deployment: str) -> None:
    sdk("post", f"/deployments/{deployment}/deploy")
