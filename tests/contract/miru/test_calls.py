"""Every call that a genuine SDK has, with strict validation of what the service answers (contract 10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from tests.contract.driver import Failed, Json, Refused
from tests.contract.miru.catalogue import CONTENT, SCHEMA, Catalogue, create, deployment_options, staged_word
from tests.contract.miru.sdk import Sdk, code_of

pytestmark = pytest.mark.genuine

Calls = Mapping[str, "Call"]
SHA = "a" * 40


@dataclass(frozen=True, slots=True)
class Call:
    """What a call is made with, and what its answer shows among other things."""

    arguments: tuple[str, ...] = ()
    options: Json = field(default_factory=dict)
    shows: Json = field(default_factory=dict)


GROUPS = {
    "groups.create": Call((), {"name": "carts"}),
    "groups.list": Call(),
    "groups.retrieve": Call(("grp_0",)),
    "groups.update": Call(("grp_0",), {"name": "arms"}),
    "groups.move": Call(("grp_0",), {"parent_id": None}),
}
"""What 0.11.0 has of a version that is not served: the README says so."""


def listed(thing: str, **filters: object) -> Call:
    """A list that one thing is left of."""
    return Call((), {"id": thing, "limit": 1, "expand": ["total_count"], **filters}, {"total_count": 1})


def retrieved(thing: str) -> Call:
    return Call((thing,), {}, {"id": thing})


def make_all(sdk: Sdk, calls: Calls) -> None:
    """Make the calls one after the other."""
    for name, call in calls.items():
        answer = sdk(name, *call.arguments, **call.options)
        assert {member: answer[member] for member in call.shows} == call.shows, name


def catalogue_calls(tetons: Sdk, catalogue: Catalogue, unique: str) -> Calls:
    """The calls about what deployments are made of that all platform SDKs have."""
    sha = f"{unique}{SHA}"[:40]
    commit = tetons("git_commits.create", sha=sha, message="m", origin="https://github.com/o/r.git")["id"]
    content = {"format": "json", "data": CONTENT}
    document = {"name": "drivetrain.json", "data": SCHEMA}
    ref = {"slug": f"drivetrain-{catalogue.word}"}
    source = {"commit_ref": {"sha": sha}, "schema_filepaths": ["drivetrain.json"]}
    schema = {"config_type_ref": ref, "language": "jsonschema", "format": "json", "git_commit": source}
    release = {"version": f"v2.0.0-r{unique}", "config_schema_ids": [catalogue.schema], "git_commit_ref": {"sha": sha}}
    return {
        "principal.self": Call((), {}, {"object": "principal"}),
        "git_commits.create": Call(
            (),
            {"sha": sha, "message": "m", "origin": "git@github.com:o/r.git"},
            {"id": commit, "repository_owner": "o"},
        ),
        "git_commits.retrieve": retrieved(commit),
        "git_commits.list": listed(commit, sha=[sha]),
        "config_types.create": Call((), {"name": "Arm", "slug": f"arm-{unique}"}, {"slug": f"arm-{unique}"}),
        "config_types.retrieve": retrieved(catalogue.type),
        "config_types.update": Call((catalogue.type,), {"name": "Drive, train"}, {"name": "Drive, train"}),
        "config_types.list": listed(catalogue.type, name=["Drive, train"], slug=[ref["slug"]]),
        "config_schemas.create": Call((), {**schema, "documents": [document]}, {"config_type_id": catalogue.type}),
        "config_schemas.retrieve": retrieved(catalogue.schema),
        "config_schemas.list": listed(catalogue.schema, config_type_id=[catalogue.type]),
        "config_instances.create": Call(
            (), {"config_schema_id": catalogue.schema, "content": content, "expand": ["content"]}, {"content": content}
        ),
        "config_instances.retrieve": retrieved(catalogue.instance),
        "config_instances.list": listed(catalogue.instance, config_schema_id=[catalogue.schema]),
        "config_instances.download": Call(
            (catalogue.instance,),
            {"disposition": "attachment"},
            {
                "content": CONTENT,
                "content-type": "application/json",
                "content-disposition": f"attachment; filename*=UTF-8''{catalogue.word}.json",
            },
        ),
        "releases.create": Call((), release, {"git_commit_id": commit}),
        "releases.retrieve": retrieved(catalogue.release),
        "releases.list": listed(catalogue.release, version=[f"v1.0.0-r{catalogue.word}"]),
    }


def device_calls(catalogue: Catalogue, unique: str) -> Calls:
    """The calls about devices that all SDKs have."""
    return {
        "devices.create": Call((), {"name": f"new {unique}"}, {"status": "inactive"}),
        "devices.update": Call((catalogue.device,), {"name": f"cart, {unique}"}, {"name": f"cart, {unique}"}),
        "devices.retrieve": retrieved(catalogue.device),
        "devices.list": listed(catalogue.device, name=f"cart, {unique}"),
    }


def ping(catalogue: Catalogue) -> Call:
    """No device answers: pings travel by a broker, and devices of this service poll (8.9)."""
    return Call((catalogue.device,), {"timeout_nanos": 1_000_000_000}, {"code": "timeout"})


def deployment_calls(catalogue: Catalogue, sdk: Sdk) -> Calls:
    """The calls about deployments that all platform SDKs have."""
    waiting, older = create(sdk, catalogue, release_id=catalogue.next_release), create(sdk, catalogue)
    options = deployment_options(sdk, catalogue, parent_id=older)
    return {
        "deployments.create": Call((), options, {"status": "staged"}),
        "deployments.deploy": Call((waiting,), {"expand": ["device", "release"]}, {"status": "queued"}),
        "deployments.list_drifts": Call((older,), {}, {"data": []}),
        "deployments.archive": Call((older,), {}, {"target_status": "archived"}),
        "deployments.retrieve": retrieved(waiting),
        "deployments.list": listed(waiting, device_id=[catalogue.device], target_status=["deployed", "archived"]),
    }


def test_10_1_every_call_of_the_platform_sdk_is_answered(tetons: Sdk, catalogue: Catalogue, unique: str) -> None:
    calls = {
        **catalogue_calls(tetons, catalogue, unique),
        **device_calls(catalogue, unique),
        **deployment_calls(catalogue, tetons),
        "devices.issue_activation_token": Call((catalogue.device,)),
        "devices.ping": ping(catalogue),
    }
    assert tetons.calls == calls.keys()
    make_all(tetons, calls)


def test_10_the_newer_platform_sdk_makes_the_same_deployment_calls(
    everglades: Sdk, tetons: Sdk, catalogue: Catalogue
) -> None:
    calls = deployment_calls(catalogue, everglades)
    assert {call for call in tetons.calls if call.startswith("deployments.")} == calls.keys()
    make_all(everglades, calls)


def test_10_every_call_of_the_newer_platform_sdk_but_those_of_groups_is_answered(
    everglades: Sdk, tetons: Sdk, catalogue: Catalogue, unique: str
) -> None:
    as_users_have_it = everglades.with_client(_strict_response_validation=False)
    calls = {
        **catalogue_calls(tetons, catalogue, unique),
        **device_calls(catalogue, unique),
        **deployment_calls(catalogue, everglades),
        "devices.ping": ping(catalogue),
        "provisioning_tokens.create": Call(),
    }
    assert everglades.calls == calls.keys() | GROUPS.keys()
    make_all(as_users_have_it, calls)


def test_10_the_newer_platform_sdk_says_by_a_slot_where_a_file_is(
    everglades: Sdk, catalogue: Catalogue, unique: str
) -> None:
    sdk = everglades.with_client(_strict_response_validation=False)
    slot = {"key": "default", "name": "Default", "filepath": f"/srv/{unique}.json", "required": True}
    schema = {
        "config_type_ref": {"id": catalogue.type},
        "language": "jsonschema",
        "format": "json",
        "documents": [{"name": "drivetrain.json", "data": SCHEMA}],
    }
    made = sdk("config_schemas.create", **schema, instance_slots=[slot])
    assert made["instance_filepath"] == slot["filepath"]
    with pytest.raises(Refused) as refused:
        sdk("config_schemas.create", **schema, instance_slots=[slot, {**slot, "key": "spare", "filepath": "/srv/x"}])
    assert (refused.value.kind, code_of(refused.value)) == ("BadRequestError", "invalid_request")


def test_10_the_newer_platform_sdk_wants_slots_of_instances(everglades: Sdk, catalogue: Catalogue) -> None:
    with pytest.raises(Failed, match="slot_key"):
        everglades("config_instances.retrieve", catalogue.instance)


@pytest.mark.parametrize("call", GROUPS)
def test_10_a_call_about_groups_is_answered_404(everglades: Sdk, call: str) -> None:
    with pytest.raises(Refused) as refused:
        everglades(call, *GROUPS[call].arguments, **GROUPS[call].options)
    assert (refused.value.kind, code_of(refused.value)) == ("NotFoundError", "record_not_found")


def test_10_2_every_call_of_the_server_sdk_is_answered(older_sdk: Sdk, catalogue: Catalogue, unique: str) -> None:
    sdk = older_sdk
    deployment = create(sdk, catalogue)
    event = {"object": "event", "type": "deployment.validate", "data": {}}
    verdict = {"is_valid": True, "message": "ok", "config_instances": []}
    calls = {
        **device_calls(catalogue, unique),
        "releases.retrieve": retrieved(catalogue.release),
        "releases.list": listed(catalogue.release, version=f"v1.0.0-r{catalogue.word}"),
        "config_instances.retrieve": retrieved(catalogue.instance),
        "config_instances.list": listed(catalogue.instance, config_schema_id=catalogue.schema),
        "deployments.create": Call((), deployment_options(sdk, catalogue), {"status": staged_word(sdk)}),
        "deployments.retrieve": retrieved(deployment),
        "deployments.list": listed(deployment, device_id=catalogue.device, target_status="archived"),
        "deployments.validate": Call((deployment,), verdict, {"effect": "none"}),
        "webhooks.unwrap": Call((), {"payload": event}, event),
        "devices.create_activation_token": Call((catalogue.device,), {"allow_reactivation": True}),
        "devices.delete": Call((catalogue.device,), {}, {"deleted": True}),
    }
    assert sdk.calls == calls.keys()
    make_all(sdk, calls)
