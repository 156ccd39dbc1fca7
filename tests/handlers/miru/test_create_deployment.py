"""POST /deployments: what each version sends, what it is answered, and what is refused (miru contract 5.1, 6.3)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from miru._versions import Version
from tests.handlers.miru.calls import Bench, Miru, make_instance, make_release, make_schema, refusal
from tests.support.app import Answer
from tests.support.seeds import expect
from tests.support.unchanged import nothing_changes

P, Z, T = Version.APPROVALS, Version.ZION, Version.TETONS
NOW = "2026-03-11T13:00:00.000Z"
TEXTS = ("description", "release_id", "device_id")
STAGED = {P: "approved", Z: "staged", T: "staged"}
Json = dict[str, Any]


def refused(bench: Bench, version: Version, body: object, status: int, code: str) -> Json:
    """The parameters of a refusal that changes nothing."""
    with nothing_changes(bench.miru.app):
        answer = bench.miru.in_version(version).call("POST", "/deployments", body)
    return dict(refusal(status, code, answer))


def draft_of(bench: Bench, version: Version, **members: object) -> Json:
    members = {"target": STAGED[version], **members}
    return bench.draft(**members) if version is T else bench.older_draft(**members)  # type: ignore[arg-type]


def test_in_tetons_a_deployment_is_made_of_instances_that_exist(bench: Bench) -> None:
    shown = bench.miru.post("/deployments?expand=device,release", bench.draft(parent_id=bench.deployed(1)))
    identifier = shown["id"]
    assert identifier.startswith("dpl_")
    assert shown == {
        "object": "deployment",
        "id": identifier,
        "description": "slow down in aisle 4",
        "status": "staged",
        "activity_status": "staged",
        "error_status": "none",
        "target_status": "staged",
        "device_id": bench.device,
        "release_id": bench.releases[0],
        "created_at": NOW,
        "updated_at": NOW,
        "device": {
            "object": "device",
            "id": bench.device,
            "name": "cart-7",
            "status": "inactive",
            "agent_version": None,
            "last_connected_at": None,
            "last_disconnected_at": None,
            "created_at": NOW,
            "updated_at": NOW,
        },
        "release": {
            "object": "release",
            "id": bench.releases[0],
            "version": "v0",
            "git_commit_id": None,
            "created_at": NOW,
            "updated_at": NOW,
        },
    }
    assert bench.miru.get(f"/deployments/{identifier}?expand=device,release") == shown


@pytest.mark.parametrize(("version", "word"), [(P, "pending"), (Z, "staged")])
def test_before_tetons_a_deployment_is_made_of_contents(bench: Bench, version: Version, word: str) -> None:
    older = bench.miru.in_version(version)
    shown = older.post("/deployments?expand%5B%5D=config_instances", bench.older_draft(target=word))
    (instance,) = shown.pop("config_instances")
    assert shown == {
        "object": "deployment",
        "id": shown["id"],
        "description": "slow down in aisle 4",
        "status": word,
        "activity_status": word,
        "error_status": "none",
        "target_status": word,
        "device_id": bench.device,
        "release_id": bench.releases[0],
        "created_at": NOW,
        "updated_at": NOW,
        "device": None,
        "release": None,
    }
    assert instance == {
        "object": "config_instance",
        "id": instance["id"],
        "target_status": "created",
        "activity_status": "created",
        "error_status": "none",
        "status": "created",
        "relative_filepath": "/v1/drive.json",
        "created_at": NOW,
        "updated_at": NOW,
        "device_id": bench.device,
        "config_schema_id": bench.schema,
        "config_type_id": instance["config_type_id"],
        "device": None,
        "config_schema": None,
        "config_type": None,
        "content": None,
    }
    seen_in_tetons = bench.miru.get(f"/config_instances/{instance['id']}")
    assert seen_in_tetons["filepath"] == "/srv/miru/config_instances/v1/drive.json"


@pytest.mark.parametrize(
    ("version", "target", "seen"),
    [
        (P, "pending", {P: "pending/pending", Z: "staged/staged", T: "staged/staged"}),
        (P, "approved", {P: "approved/approved", Z: "staged/staged", T: "staged/staged"}),
        (P, "deployed", {P: "deployed/queued", Z: "deployed/queued", T: "deployed/queued"}),
        (Z, "staged", {P: "approved/approved", Z: "staged/staged", T: "staged/staged"}),
        (Z, "deployed", {P: "deployed/queued", Z: "deployed/queued", T: "deployed/queued"}),
        (T, "staged", {P: "approved/approved", Z: "staged/staged", T: "staged/staged"}),
        (T, "deployed", {P: "deployed/queued", Z: "deployed/queued", T: "deployed/queued"}),
    ],
)
def test_10_4_point_2_what_one_version_makes_the_others_read(
    bench: Bench, version: Version, target: str, seen: dict[Version, str]
) -> None:
    bench.deployed(1)
    body = draft_of(bench, version, release=1 if target == "deployed" else 0, target=target)
    made = bench.miru.in_version(version).post("/deployments", body)
    assert {each: bench.stands(made["id"], each) for each in Version} == seen


@pytest.mark.parametrize(
    ("version", "word"),
    [(P, "staged"), (P, "archived"), (Z, "pending"), (Z, "approved"), (T, "pending"), (T, "approved"), (T, "")],
)
def test_a_target_of_another_version_is_refused(bench: Bench, version: Version, word: str) -> None:
    params = refused(bench, version, draft_of(bench, version, target=word), 400, "invalid_request")
    assert [fault["field"] for fault in params["fields"]] == ["target_status"]


@pytest.mark.parametrize(
    ("version", "member"),
    [
        *((version, each) for version in Version for each in ("target_status", *TEXTS)),
        (T, "config_instance_ids"),
        (P, "new_config_instances"),
        (Z, "new_config_instances"),
    ],
)
def test_a_member_that_is_missing_or_of_another_type_is_named(bench: Bench, version: Version, member: str) -> None:
    whole = draft_of(bench, version)
    without = {name: value for name, value in whole.items() if name != member}
    for body in (without, {**whole, member: 7}, {**whole, member: None}):
        params = refused(bench, version, body, 400, "invalid_request")
        assert [fault["field"] for fault in params["fields"]] == [member]
        assert all(fault["problem"] for fault in params["fields"])


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"description": "\\ud800"}', b"[" * 99_999])
@pytest.mark.parametrize("version", Version)
def test_a_body_that_is_no_object_is_refused(bench: Bench, version: Version, body: bytes) -> None:
    refused(bench, version, body, 400, "invalid_request")


def test_a_description_has_up_to_2000_characters(bench: Bench) -> None:
    for description in ("", "é" * 2000):
        made = bench.create(description=description)
        assert bench.miru.get(f"/deployments/{made}")["description"] == description
    refused(bench, T, bench.draft(description="x" * 2001), 400, "invalid_request")


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", "", "application/json"])
def test_json_is_read_whatever_it_is_called_and_unknown_members_are_ignored(bench: Bench, content_type: str) -> None:
    body = {**bench.draft(), "stranger": [1], "new_config_instances": 7}
    expect(200, bench.miru.call("POST", "/deployments", body, **{"content-type": content_type}))


@pytest.mark.parametrize(
    ("version", "member"),
    [
        *((version, each) for version in Version for each in ("release_id", "device_id")),
        (T, "parent_id"),
        (P, "patch_source_id"),
        (Z, "patch_source_id"),
    ],
)
def test_an_id_that_does_not_exist_is_an_invalid_reference(
    bench: Bench, stranger: Miru, version: Version, member: str
) -> None:
    foreign = make_foreign(stranger)
    for identifier in ("dpl_nothing", "a#b", foreign[member]):
        body = draft_of(bench, version, **{member: identifier})
        params = refused(bench, version, body, 400, "invalid_reference")
        assert params == {"field": member, "id": identifier}


def make_foreign(stranger: Miru) -> dict[str, str]:
    """Ids of another workspace, by the member that could name them."""
    schema = make_schema(stranger)
    release, instance = make_release(stranger, "v1", schema), make_instance(stranger, schema)
    device = str(stranger.post("/devices", {"name": "cart-7"})["id"])
    made = Bench(stranger, device, schema, instance, (release,)).create()
    return {
        "release_id": release,
        "device_id": device,
        "parent_id": made,
        "patch_source_id": made,
        "config_instance_ids": instance,
        "config_schema_id": schema,
    }


def test_instances_and_schemas_of_another_workspace_do_not_exist(bench: Bench, stranger: Miru) -> None:
    foreign = make_foreign(stranger)
    instance, schema = foreign["config_instance_ids"], foreign["config_schema_id"]
    params = refused(bench, T, bench.draft(config_instance_ids=[instance]), 400, "invalid_reference")
    assert params == {"field": "config_instance_ids", "id": instance}
    inline = {"config_schema_id": schema, "relative_filepath": "a", "content": {}}
    params = refused(bench, P, bench.older_draft(new_config_instances=[inline]), 400, "invalid_reference")
    assert params == {"field": "config_schema_id", "id": schema}


def test_every_schema_of_the_release_has_exactly_one_instance(bench: Bench) -> None:
    other = make_schema(bench.miru, "arm")
    foreign = make_schema(bench.miru, "lamp")
    release = make_release(bench.miru, "v9", bench.schema, other)
    given = [bench.instance, bench.instance, make_instance(bench.miru, foreign)]
    body = bench.draft(release_id=release, config_instance_ids=given)
    params = refused(bench, T, body, 400, "config_instances_mismatch")
    assert params == {"missing": [other], "duplicate": [bench.schema], "unexpected": [foreign]}
    inline = [
        {"config_schema_id": each, "relative_filepath": f"{number}.json", "content": {}}
        for number, each in enumerate([bench.schema, bench.schema, foreign])
    ]
    body = bench.older_draft(release_id=release, new_config_instances=inline)
    params = refused(bench, P, body, 400, "config_instances_mismatch")
    assert (params["duplicate"], params["unexpected"]) == ([bench.schema], [foreign])
    for version, empty in ((T, bench.draft(config_instance_ids=[])), (P, bench.older_draft(new_config_instances=[]))):
        assert refused(bench, version, empty, 400, "config_instances_mismatch")["missing"] == [bench.schema]


def test_content_that_does_not_match_is_refused_with_where_and_why(bench: Bench) -> None:
    inline = {"config_schema_id": bench.schema, "relative_filepath": "a.json", "content": {"speed": 9}}
    params = refused(bench, P, bench.older_draft(new_config_instances=[inline]), 400, "config_instance_invalid")
    (error,) = params["errors"]
    assert error["path"] == ["speed"]
    assert error["message"]


@pytest.mark.parametrize(
    "content",
    [
        '{"speed": 0.12345678901234567890123}',
        '{"speed": 0.10000000000000001, "gain": 1.50}',
        '{"odometer": 18446744073709551617, "far": [-9e400, 0E-7]}',
        '{"near": 1E-400, "name": "café \\"one\\"", "on": true, "off": null, "none": {}, "empty": []}',
    ],
)
@pytest.mark.parametrize("version", [P, Z])
def test_no_number_of_a_content_is_rounded(bench: Bench, version: Version, content: str) -> None:
    inline = {"config_schema_id": bench.schema, "relative_filepath": "a.json", "content": "CONTENT"}
    draft = bench.older_draft(target="staged" if version is Z else "pending", new_config_instances=[inline])
    older = bench.miru.in_version(version)
    made = older.post(
        "/deployments?expand%5B%5D=config_instances", json.dumps(draft).replace('"CONTENT"', content).encode()
    )
    (instance,) = made["config_instances"]
    kept = bench.miru.call("GET", f"/config_instances/{instance['id']}/content").text
    assert json.loads(kept, parse_float=Decimal) == json.loads(content, parse_float=Decimal)


@pytest.mark.parametrize("number", ["1" * 1001, "1.0" + "0" * 1000 + "1", "1e9999999999999999999", "NaN"])
def test_a_number_that_cannot_be_kept_is_refused(bench: Bench, number: str) -> None:
    inline = {"config_schema_id": bench.schema, "relative_filepath": "a.json", "content": "CONTENT"}
    body = json.dumps(bench.older_draft(new_config_instances=[inline])).replace('"CONTENT"', f"[{number}]")
    older = bench.miru.in_version(P)
    with nothing_changes(bench.miru.app):
        answer = older.call("POST", "/deployments", body.encode())
    (told,) = refusal(400, "invalid_request", answer)["fields"]
    assert told["field"] == "request"
    assert "number" in told["problem"] or number in told["problem"]


@pytest.mark.parametrize("path", ["../a.json", "a/", "/", "a/../b"])
def test_a_relative_path_stays_below_its_root(bench: Bench, path: str) -> None:
    inline = {"config_schema_id": bench.schema, "relative_filepath": path, "content": {}}
    params = refused(bench, P, bench.older_draft(new_config_instances=[inline]), 400, "invalid_request")
    assert [fault["field"] for fault in params["fields"]] == ["relative_filepath"]


# Transfer


def test_what_is_missing_is_taken_over_from_the_patched_deployment(bench: Bench) -> None:
    other = make_schema(bench.miru, "arm")
    release = make_release(bench.miru, "v9", bench.schema, other)
    parent = bench.create(release_id=release, config_instance_ids=[bench.instance, make_instance(bench.miru, other)])
    older = bench.miru.in_version(P)
    body = bench.older_draft(release_id=release, patch_source_id=parent)
    made = older.post("/deployments?expand[]=config_instances", body)
    new, kept = made["config_instances"]
    assert (new["config_schema_id"], kept["config_schema_id"]) == (bench.schema, other)
    assert new["id"] != bench.instance
    before = bench.miru.get(f"/deployments/{parent}?expand=config_instances")
    assert kept["id"] == before["config_instances"][1]["id"]
    assert bench.stands(parent) == "archived/archived"


def test_nothing_is_taken_over_without_a_source_or_from_an_archived_one(bench: Bench) -> None:
    parent = bench.create()
    bench.act(parent, "archive")
    body = bench.older_draft(1, new_config_instances=[], patch_source_id=parent)
    assert refused(bench, P, body, 400, "config_instance_not_transferable") == {"deployment_id": parent}
    body = bench.older_draft(1, new_config_instances=[])
    assert refused(bench, Z, {**body, "target_status": "staged"}, 400, "config_instances_mismatch") == {
        "missing": [bench.schema],
        "duplicate": [],
        "unexpected": [],
    }


# State


def test_what_the_device_has_is_not_staged_and_what_it_has_not_is_not_deployed(bench: Bench) -> None:
    bench.deployed(0)
    told = {"device_id": bench.device, "release_id": bench.releases[0]}
    for version, target in ((T, "staged"), (Z, "staged"), (P, "pending"), (P, "approved")):
        assert refused(bench, version, draft_of(bench, version, target=target), 409, "release_is_current") == told
    told = {"device_id": bench.device, "release_id": bench.releases[1]}
    for version in Version:
        body = draft_of(bench, version, release=1, target="deployed")
        assert refused(bench, version, body, 409, "release_not_current") == told


def test_the_first_deployment_of_a_device_is_staged_first(bench: Bench) -> None:
    refused(bench, T, bench.draft(target="deployed"), 409, "release_not_current")
    bench.deployed()
    assert bench.stands(bench.create(target="deployed")) == "deployed/queued"


# Scopes and the order of checks


@pytest.mark.parametrize(
    ("scopes", "target", "lacking"),
    [
        (["deployments:stage", "deployments:deploy"], "staged", "deployments:write"),
        (["deployments:write", "deployments:deploy"], "staged", "deployments:stage"),
        (["deployments:write", "deployments:stage"], "deployed", "deployments:deploy"),
        (["deployments:read"], "staged", "deployments:write"),
    ],
)
def test_creating_takes_the_scope_of_its_target_too(bench: Bench, scopes: list[str], target: str, lacking: str) -> None:
    lesser = bench.miru.with_scopes(*scopes)
    with nothing_changes(bench.miru.app):
        answer = lesser.call("POST", "/deployments", bench.draft(target=target))
    assert lacking in refusal(403, "forbidden", answer)["required"]


@pytest.mark.parametrize("scopes", [["deployments:write", "deployments:stage"], ["deployments:manage"]])
@pytest.mark.parametrize(("version", "target"), [(T, "staged"), (P, "pending"), (P, "approved")])
def test_staging_takes_write_and_stage(bench: Bench, scopes: list[str], version: Version, target: str) -> None:
    program = bench.miru.with_scopes(*scopes).in_version(version)
    expect(200, program.call("POST", "/deployments", draft_of(bench, version, target=target)))


def test_3_2_the_checks_of_a_creation_come_in_their_order(bench: Bench) -> None:
    app, lesser = bench.miru.app, bench.miru.with_scopes("deployments:read")
    bench.deployed(0)
    conflicting = bench.draft(0)
    dangling = {**conflicting, "device_id": "dvc_none"}
    broken = {**dangling, "description": 7}

    def send(version: str, key: str, body: object) -> Answer:
        return app.call("POST", "/beta/deployments", body, headers={"miru-version": version, "x-api-key": key})

    good = bench.miru.program.key
    refusal(400, "unsupported_api_version", send("2020-01-01.none", "wrong", broken))
    refusal(401, "invalid_api_key", send(T.value, "wrong", broken))
    refusal(403, "forbidden", send(T.value, lesser.program.key, broken))
    refusal(400, "invalid_request", send(T.value, good, broken))
    refusal(400, "invalid_reference", send(T.value, good, dangling))
    refusal(409, "release_is_current", send(T.value, good, conflicting))


def test_3_2_the_checks_of_a_deployment_call_come_in_their_order(bench: Bench) -> None:
    lesser = bench.miru.with_scopes("deployments:read")
    made = bench.deployed()
    missing, archiving = "/deployments/dpl_none/archive?expand=nothing", f"/deployments/{made}/archive"
    refusal(403, "forbidden", lesser.call("POST", missing))
    params = refusal(404, "record_not_found", bench.miru.call("POST", missing))
    assert params == {"record_type": "deployment", "record_id": "dpl_none"}
    refusal(400, "invalid_expansion", bench.miru.call("POST", f"{archiving}?expand=nothing"))
    refusal(409, "deployment_not_archivable", bench.miru.call("POST", archiving))


# Sent again


def test_3_4_a_creation_with_an_idempotency_key_is_carried_out_once(bench: Bench) -> None:
    older = bench.miru.in_version(P)
    for program, body in ((bench.miru, bench.draft()), (older, bench.older_draft(1))):
        headers = {"idempotency-key": f"mine-{program.version.value}"}
        first = expect(200, program.call("POST", "/deployments?expand=config_instances", body, **headers)).json()
        with nothing_changes(bench.miru.app):
            again = program.call("POST", "/deployments?expand=config_instances", body, **headers)
        assert expect(200, again).json() == first
        with nothing_changes(bench.miru.app):
            answer = program.call("POST", "/deployments", {**body, "description": "other"}, **headers)
        refusal(409, "idempotency_mismatch", answer)


def test_3_4_without_one_a_staged_creation_replaces_the_one_before(bench: Bench) -> None:
    first, second = bench.create(), bench.create()
    assert (bench.stands(first), bench.stands(second)) == ("archived/archived", "staged/staged")


def test_3_4_an_idempotency_key_belongs_to_the_api_key(bench: Bench) -> None:
    colleague = bench.miru.with_scopes("deployments:manage")
    made = [
        expect(200, program.call("POST", "/deployments", bench.draft(), **{"idempotency-key": "1"})).json()["id"]
        for program in (bench.miru, colleague)
    ]
    assert len(set(made)) == 2


def test_3_4_the_key_is_forgotten_after_a_day(bench: Bench) -> None:
    def create() -> str:
        answer = bench.miru.call("POST", "/deployments", bench.draft(), **{"idempotency-key": "1"})
        return str(expect(200, answer).json()["id"])

    first = create()
    bench.miru.app.pass_time(hours=23, minutes=59)
    assert create() == first
    bench.miru.app.pass_time(minutes=1)
    assert create() != first
