"""What configurations are made of, through the Miru API: types, schemas, instances, releases, commits."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from miru._versions import Version
from tests.handlers.miru.calls import Bench, Miru, make_instance, make_release, make_schema, refusal
from tests.support.seeds import expect
from tests.support.unchanged import nothing_changes

P, Z, T = Version.APPROVALS, Version.ZION, Version.TETONS
MOMENT = "2026-03-11T13:00:00.000Z"
Json = dict[str, Any]


def refused(miru: Miru, call: str, body: object, status: int, code: str) -> Json:
    method, _, target = call.partition(" ")
    with nothing_changes(miru.app):
        return dict(refusal(status, code, miru.call(method, target, body)))


def fault(miru: Miru, call: str, body: object) -> str:
    """The one member of a refused body that is at fault."""
    (told,) = refused(miru, call, body, 400, "invalid_request")["fields"]
    return str(told["field"])


# Types


def test_5_5_a_config_type(miru: Miru) -> None:
    made = miru.post("/config_types", {"name": "Drivetrain", "slug": "drivetrain"})
    identifier = made["id"]
    assert made == {
        "object": "config_type",
        "id": identifier,
        "name": "Drivetrain",
        "slug": "drivetrain",
        "created_at": MOMENT,
        "updated_at": MOMENT,
    }
    assert miru.get(f"/config_types/{identifier}") == made
    for query in ("slug=drivetrain", "name=Drivetrain", f"id={identifier}", "slug=x|drivetrain"):
        assert miru.get(f"/config_types?{query}")["data"] == [made]
    assert miru.ids("/config_types?slug=x") == []
    assert miru.patch(f"/config_types/{identifier}", {"name": "Drive", "slug": "drivetrain"})["name"] == "Drive"
    assert fault(miru, f"PATCH /config_types/{identifier}", {"slug": "other"}) == "slug"
    taken = {"name": "Again", "slug": "drivetrain"}
    assert refused(miru, "POST /config_types", taken, 409, "config_type_slug_taken") == {"slug": "drivetrain"}


@pytest.mark.parametrize("slug", ["", "-a", "a-", "A", "a_b", "x" * 49, "é"])
def test_5_5_what_is_no_slug_is_refused(miru: Miru, slug: str) -> None:
    assert fault(miru, "POST /config_types", {"name": "Drive", "slug": slug}) == "slug"


# Schemas


def test_5_6_a_schema_in_each_version(miru: Miru) -> None:
    identifier = make_schema(miru)
    shown = miru.get(f"/config_schemas/{identifier}?expand=documents,config_type")
    type_id = shown["config_type_id"]
    assert shown["digest"].startswith("sha256:")
    assert shown == {
        "object": "config_schema",
        "id": identifier,
        "digest": shown["digest"],
        "config_type_name": "Drive",
        "instance_filepath": "/srv/miru/configs/drive.json",
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "config_type_id": type_id,
        "language": "jsonschema",
        "format": "json",
        "documents": shown["documents"],
        "config_type": miru.get(f"/config_types/{type_id}"),
    }
    for version in (P, Z):
        older = miru.in_version(version).get(f"/config_schemas/{identifier}")
        assert older == {
            "object": "config_schema",
            "id": identifier,
            "version": 1,
            "digest": shown["digest"],
            "relative_filepath": "/srv/miru/configs/drive.json",
            "created_at": MOMENT,
            "updated_at": MOMENT,
            "config_type_id": type_id,
            "content": json.loads(shown["documents"][0]["data"]),
            "config_type": None,
        }
    assert miru.ids(f"/config_schemas?config_type_id={type_id}") == [identifier]
    assert miru.ids("/config_schemas?config_type_id=x") == []


def new_schema(**members: object) -> Json:
    return {
        "config_type_ref": {"slug": "drive"},
        "language": "jsonschema",
        "format": "json",
        "documents": [{"name": "a.json", "data": "{}"}],
        **members,
    }


def test_5_6_an_equal_schema_is_the_same_and_has_a_path_when_none_is_named(miru: Miru) -> None:
    miru.post("/config_types", {"name": "Drive", "slug": "drive"})
    first = miru.post("/config_schemas", new_schema())
    assert first["instance_filepath"] == "/srv/miru/configs/drive.json"
    with nothing_changes(miru.app):
        same = new_schema(documents=[{"name": "b.json", "data": " { } \n"}])
        assert miru.post("/config_schemas", same)["id"] == first["id"]
    assert miru.post("/config_schemas", new_schema(instance_filepath="/other.json"))["id"] != first["id"]


SLOT = {"key": "default", "name": "Default", "filepath": "/srv/arm.json", "required": True}


def test_5_6_the_one_slot_that_a_newer_client_names_says_where_the_file_is(miru: Miru) -> None:
    miru.post("/config_types", {"name": "Drive", "slug": "drive"})
    new = new_schema(instance_slots=[{**SLOT, "description": "of the arm"}], instance_format="json")
    made = miru.post("/config_schemas", new)
    assert made["instance_filepath"] == "/srv/arm.json"
    instance = {"config_schema_id": made["id"], "content": {"format": "json", "data": "{}"}, "slot_key": "default"}
    assert miru.post("/config_instances", instance)["filepath"] == "/srv/arm.json"
    assert fault(miru, "POST /config_instances", {**instance, "slot_key": "arm"}) == "slot_key"


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"instance_slots": []}, "instance_slots"),
        ({"instance_slots": [SLOT, {**SLOT, "filepath": "/srv/other.json"}]}, "instance_slots"),
        ({"instance_slots": [{**SLOT, "key": "arm"}]}, "instance_slots.0.key"),
        ({"instance_slots": [{**SLOT, "required": False}]}, "instance_slots.0.required"),
        ({"instance_slots": [{**SLOT, "filepath": "arm.json"}]}, "instance_slots.0.filepath"),
        ({"instance_slots": [SLOT], "instance_filepath": "/srv/arm.json"}, "instance_filepath"),
        ({"instance_format": "yaml"}, "instance_format"),
    ],
)
def test_5_6_other_slots_and_formats_of_a_newer_client_are_refused(
    miru: Miru, members: dict[str, object], field: str
) -> None:
    miru.post("/config_types", {"name": "Drive", "slug": "drive"})
    assert fault(miru, "POST /config_schemas", new_schema(**members)) == field


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"language": "xml"}, "language"),
        ({"format": "cue"}, "format"),
        ({"documents": []}, "documents"),
        ({"documents": [{"name": "a", "data": "{}"}, {"name": "b", "data": "{}"}]}, "documents"),
        ({"documents": [{"name": "a", "data": "{"}]}, "documents"),
        ({"documents": [{"name": "a", "data": '{"type": "no such type"}'}]}, "documents"),
        ({"documents": [{"name": "a"}]}, "documents.0.data"),
        ({"instance_filepath": "a.json"}, "instance_filepath"),
        ({"instance_filepath": "/a/../b"}, "instance_filepath"),
        ({"config_type_ref": {}}, "config_type_ref"),
    ],
)
def test_5_6_what_is_no_schema_is_refused(miru: Miru, members: Json, field: str) -> None:
    miru.post("/config_types", {"name": "Drive", "slug": "drive"})
    assert fault(miru, "POST /config_schemas", new_schema(**members)) == field


def test_5_6_a_type_that_does_not_exist_is_an_invalid_reference(miru: Miru, stranger: Miru) -> None:
    foreign = stranger.post("/config_types", {"name": "Drive", "slug": "drive"})["id"]
    for ref, named in (({"slug": "drive"}, "drive"), ({"id": foreign}, foreign)):
        params = refused(miru, "POST /config_schemas", new_schema(config_type_ref=ref), 400, "invalid_reference")
        assert params == {"field": "config_type_ref", "id": named}


def test_5_6_cue_is_kept_and_every_instance_is_valid(miru: Miru) -> None:
    miru.post("/config_types", {"name": "Drive", "slug": "drive"})
    documents = [{"name": "a.cue", "data": "speed: <2"}, {"name": "b.cue", "data": "x: 1"}]
    made = miru.post("/config_schemas", new_schema(language="cue", format="cue", documents=documents))
    make_instance(miru, made["id"], '{"speed": 9}')
    assert miru.in_version(P).get(f"/config_schemas/{made['id']}")["content"] is None


# Instances

TEXTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab\u20ac"), inner, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(TEXTS, st.sampled_from([None, 1, 3]), st.booleans(), st.sampled_from(["", "\n", " \t\r\n"]))
def test_5_7_content_comes_back_byte_for_byte(
    miru: Miru,
    value: object,
    indent: int | None,
    ascii_only: bool,  # noqa: FBT001 - from hypothesis
    end: str,
) -> None:
    if not miru.ids("/config_types"):
        make_schema(miru, document="true")
    (schema,) = miru.ids("/config_schemas")
    data = json.dumps(value, indent=indent, ensure_ascii=ascii_only) + end
    made = make_instance(miru, schema, data)
    answer = expect(200, miru.call("GET", f"/config_instances/{made}/content", accept="application/octet-stream"))
    assert answer.body == data.encode()
    shown = miru.get(f"/config_instances/{made}?expand=content")
    assert shown["content"] == {"format": "json", "data": data}
    older = miru.in_version(P).get(f"/config_instances/{made}?expand[]=content")
    assert older["content"] == value


@pytest.mark.parametrize("data", [f"[{2**64}, -1e400]", f"{10**999}", "-1.50e+400", "1e-400"])
@pytest.mark.parametrize("language", ["jsonschema", "cue"])
def test_5_7_numbers_of_any_size_come_back_byte_for_byte(miru: Miru, data: str, language: str) -> None:
    miru.post("/config_types", {"name": "Drive", "slug": "drive"})
    text = {"jsonschema": ("json", "true"), "cue": ("cue", "x: 1")}[language]
    schema = new_schema(language=language, format=text[0], documents=[{"name": "a", "data": text[1]}])
    made = make_instance(miru, miru.post("/config_schemas", schema)["id"], data)
    assert miru.call("GET", f"/config_instances/{made}/content").text == data
    shown = json.loads(data, parse_float=lambda digits: int(Decimal(digits)))
    assert miru.in_version(P).get(f"/config_instances/{made}?expand[]=content")["content"] == shown


@pytest.mark.parametrize("data", ["1" * 1001, "1e1000", "1e9999999999999999999", f"{'9' * 400}.5", "9" * 500_000])
def test_5_7_numbers_of_more_than_a_thousand_digits_are_refused(bench: Bench, data: str) -> None:
    body = {"config_schema_id": bench.schema, "content": {"format": "json", "data": data}}
    assert fault(bench.miru, "POST /config_instances", body) == "content"


@pytest.mark.parametrize(
    ("query", "disposition"),
    [
        ("", "inline"),
        ("?disposition=inline", "inline"),
        ("?disposition=attachment", "attachment; filename*=UTF-8''drive.json"),
    ],
)
def test_5_7_content_is_shown_or_saved(bench: Bench, query: str, disposition: str) -> None:
    answer = expect(200, bench.miru.call("GET", f"/config_instances/{bench.instance}/content{query}"))
    assert answer.body == b'{"speed": 1.0}\n'
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == disposition
    (told,) = refusal(
        400, "invalid_request", bench.miru.call("GET", f"/config_instances/{bench.instance}/content?disposition=x")
    )["fields"]
    assert told["field"] == "disposition"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"content": {"format": "json", "data": "{}"}}, "config_schema_id"),
        ({"config_schema_id": "x"}, "content"),
        ({"config_schema_id": "x", "content": {"format": "yaml", "data": "{}"}}, "content.format"),
        ({"config_schema_id": "x", "content": {"format": "json", "data": {}}}, "content.data"),
        ({"config_schema_id": "x", "content": {"format": "json", "data": "{"}}, "content"),
        ({"config_schema_id": "x", "content": {"format": "json", "data": "NaN"}}, "content"),
    ],
)
def test_5_7_what_is_no_instance_is_refused(miru: Miru, body: Json, field: str) -> None:
    assert fault(miru, "POST /config_instances", body) == field


def test_5_7_content_at_odds_with_its_schema_is_refused(bench: Bench) -> None:
    body = {"config_schema_id": bench.schema, "content": {"format": "json", "data": '{"speed": 9, "x": 1}'}}
    (error,) = refused(bench.miru, "POST /config_instances", body, 400, "config_instance_invalid")["errors"]
    assert error["path"] == ["speed"]
    body["config_schema_id"] = "cfg_sch_none"
    params = refused(bench.miru, "POST /config_instances", body, 400, "invalid_reference")
    assert params == {"field": "config_schema_id", "id": "cfg_sch_none"}


def test_3_4_an_instance_with_an_idempotency_key_is_made_once(bench: Bench) -> None:
    body = {"config_schema_id": bench.schema, "content": {"format": "json", "data": "{}"}}
    headers = {"idempotency-key": "mine"}
    first = expect(200, bench.miru.call("POST", "/config_instances", body, **headers)).json()
    with nothing_changes(bench.miru.app):
        assert bench.miru.call("POST", "/config_instances", body, **headers).json() == first
        body["content"] = {"format": "json", "data": "{ }"}
        refusal(409, "idempotency_mismatch", bench.miru.call("POST", "/config_instances", body, **headers))
    del headers["idempotency-key"]
    assert expect(200, bench.miru.call("POST", "/config_instances", body)).json()["id"] != first["id"]


# Releases and commits


def test_5_2_a_release_in_each_version(bench: Bench) -> None:
    commit = bench.miru.post("/git_commits", NEW_COMMIT)["id"]
    new = {"version": "v1.4.0-rc.1+b", "config_schema_ids": [bench.schema], "git_commit_ref": {"sha": "abc"}}
    made = bench.miru.post("/releases", new)
    identifier = made["id"]
    older = {
        "object": "release",
        "id": identifier,
        "version": "v1.4.0-rc.1+b",
        "created_at": MOMENT,
        "updated_at": MOMENT,
    }
    assert made == {**older, "git_commit_id": commit}
    assert bench.miru.get(f"/releases/{identifier}") == made
    assert bench.miru.ids("/releases?version=v1.4.0-rc.1%2Bb") == [identifier]
    for version in (P, Z):
        assert bench.miru.in_version(version).get(f"/releases/{identifier}") == {**older, "config_schemas": None}
    with nothing_changes(bench.miru.app):
        assert bench.miru.post("/releases", new) == made, "made again"
    other = {**new, "config_schema_ids": [make_schema(bench.miru, "arm")]}
    params = refused(bench.miru, "POST /releases", other, 409, "release_version_taken")
    assert params == {"version": "v1.4.0-rc.1+b"}


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"version": "latest"}, "version"),
        ({"version": ""}, "version"),
        ({"config_schema_ids": []}, "config_schema_ids"),
        ({"config_schema_ids": "x"}, "config_schema_ids"),
    ],
)
def test_5_2_what_is_no_release_is_refused(bench: Bench, members: Json, field: str) -> None:
    body = {"version": "v9", "config_schema_ids": [bench.schema], **members}
    assert fault(bench.miru, "POST /releases", body) == field


def test_5_2_a_release_names_what_exists(bench: Bench) -> None:
    body: Json = {"version": "v9", "config_schema_ids": ["cfg_sch_none"]}
    params = refused(bench.miru, "POST /releases", body, 400, "invalid_reference")
    assert params == {"field": "config_schema_ids", "id": "cfg_sch_none"}
    body = {"version": "v9", "config_schema_ids": [bench.schema], "git_commit_ref": {"id": "git_commit_none"}}
    params = refused(bench.miru, "POST /releases", body, 400, "invalid_reference")
    assert params["id"] == "git_commit_none"


@pytest.mark.parametrize("name", ["id", "sha"])
def test_5_3_a_commit_of_another_workspace_is_an_invalid_reference(bench: Bench, stranger: Miru, name: str) -> None:
    foreign = stranger.post("/git_commits", NEW_COMMIT)[name]
    release: Json = {"version": "v9", "config_schema_ids": [bench.schema], "git_commit_ref": {name: foreign}}
    params = refused(bench.miru, "POST /releases", release, 400, "invalid_reference")
    assert params == {"field": "git_commit_ref", "id": foreign}
    schema = new_schema(git_commit={"commit_ref": {name: foreign}, "schema_filepaths": []})
    params = refused(bench.miru, "POST /config_schemas", schema, 400, "invalid_reference")
    assert params == {"field": "git_commit", "id": foreign}


def test_5_2_the_switch_for_custom_validation_is_shown_by_its_own_call_only(bench: Bench) -> None:
    release = bench.releases[0]
    shown = bench.miru.patch(f"/releases/{release}", {"custom_validation": True})
    assert shown["custom_validation"] is True
    assert "custom_validation" not in bench.miru.get(f"/releases/{release}")
    expanded = bench.miru.patch(f"/releases/{release}?expand=config_schemas.documents", {"custom_validation": True})
    assert expanded["config_schemas"][0]["documents"][0]["name"] == "drive.json"
    for body in ({}, {"custom_validation": "yes"}):
        assert fault(bench.miru, f"PATCH /releases/{release}", body) == "custom_validation"


NEW_COMMIT = {"sha": "abc", "message": "slow down", "origin": "git@github.com:acme/carts.git"}


@pytest.mark.parametrize(
    ("origin", "type_", "url", "commit"),
    [
        ("https://github.com/acme/carts.git", "github", "https://github.com/acme/carts", "/commit/abc"),
        ("git@github.com:acme/carts.git", "github", "https://github.com/acme/carts", "/commit/abc"),
        ("https://gitlab.com/acme/carts", "gitlab", "https://gitlab.com/acme/carts", "/-/commit/abc"),
        ("git@bitbucket.org:acme/carts.git", "bitbucket", "https://bitbucket.org/acme/carts", "/commits/abc"),
    ],
)
def test_5_3_a_commit_is_derived_from_its_origin(miru: Miru, origin: str, type_: str, url: str, commit: str) -> None:
    body = {**NEW_COMMIT, "origin": origin}
    made = miru.post("/git_commits", body)
    assert made == {
        "object": "git_commit",
        "id": made["id"],
        "sha": "abc",
        "message": "slow down",
        "repository_owner": "acme",
        "repository_name": "carts",
        "repository_type": type_,
        "repository_url": url,
        "commit_url": f"{url}{commit}",
        "created_at": MOMENT,
    }
    with nothing_changes(miru.app):
        assert miru.post("/git_commits", body) == made
    assert miru.get("/git_commits?sha=abc")["data"] == [miru.get(f"/git_commits/{made['id']}")]


def test_5_3_an_unknown_host_is_refused(miru: Miru) -> None:
    assert fault(miru, "POST /git_commits", {**NEW_COMMIT, "origin": "https://example.com/a/b.git"}) == "origin"


def test_5_2_releases_are_found_in_a_list_with_their_schemas(bench: Bench) -> None:
    other = make_schema(bench.miru, "arm")
    release = make_release(bench.miru, "v9", bench.schema, other)
    (shown,) = bench.miru.get("/releases?version=v9&expand=config_schemas.documents")["data"]
    assert shown["id"] == release
    assert [each["id"] for each in shown["config_schemas"]] == [bench.schema, other]
    assert all(each["documents"] for each in shown["config_schemas"])
