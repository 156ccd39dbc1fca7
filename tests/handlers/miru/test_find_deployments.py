"""Lists of the Miru API: filters, orders, parts and expansions, in the words of each version (miru contract 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from miru._versions import Version
from miru._words import ACTIVITY_WORDS, TARGET_WORDS
from sluiceway.domain.config_deployment import Activity, Report, Trouble
from sluiceway.usecases import config_records
from sluiceway.usecases.config_state import load_config_state
from sluiceway.usecases.config_sync import deployments_at, hand_over, report_config
from tests.handlers.miru.calls import Bench, Miru, make_instance, make_release, make_schema, refusal
from tests.support.app import NOW

P, Z, T = Version.APPROVALS, Version.ZION, Version.TETONS
REPORTED = {"deployed": Trouble.NONE, "retrying": Trouble.RETRYING, "failed": Trouble.FAILED}


def give_and_report(bench: Bench, device: str, *reports: Report) -> None:
    """Let a device fetch what it is to have, and say so much of it."""
    service, workspace = bench.miru.app.service, bench.miru.workspace.id
    moment = NOW + timedelta(seconds=1)
    state = load_config_state(service, workspace, device)
    for given in hand_over(service, state, deployments_at(state, [Activity.QUEUED]), moment):
        for report in reports:
            report_config(service, load_config_state(service, workspace, device), given.id, report, moment)


@pytest.fixture(name="everywhere")
def _everywhere(bench: Bench) -> Mapping[str, str]:
    """A deployment in every place that there is, each on a device of its own, by what it is."""
    miru = bench.miru
    validated = make_release(miru, "v9", bench.schema)
    miru.patch(f"/releases/{validated}", {"custom_validation": True})
    made = {"archived": Bench(miru, bench.device, bench.schema, bench.instance, bench.releases).create()}
    bench.act(made["archived"], "archive")

    def place(name: str, put: Callable[[Bench], str]) -> None:
        device = str(miru.post("/devices", {"name": name})["id"])
        made[name] = put(Bench(miru, device, bench.schema, bench.instance, bench.releases))

    place("staged", lambda own: own.create())
    place("pending", lambda own: own.create_pending())
    place("queued", lambda own: own.deployed())
    place("drifted", drifting)
    place("validating", lambda own: own.create(release_id=validated))
    for name, error in REPORTED.items():
        place(name, lambda own, error=error: reporting(own, Report(Activity.DEPLOYED, error)))  # type: ignore[misc]
    place("removing", removing)
    return made


def drifting(own: Bench) -> str:
    waiting = own.create(1)
    own.deployed()
    return waiting


def reporting(own: Bench, report: Report) -> str:
    made = own.deployed()
    give_and_report(own, own.device, report)
    return made


def removing(own: Bench) -> str:
    made = reporting(own, Report(Activity.DEPLOYED, Trouble.NONE))
    own.deployed(1)
    service, workspace = own.miru.app.service, own.miru.workspace.id
    state = load_config_state(service, workspace, own.device)
    report_config(service, state, made, Report(Activity.REMOVING, Trouble.NONE), NOW + timedelta(seconds=2))
    return made


@pytest.mark.parametrize("version", Version)
def test_1_4_every_word_of_a_version_finds_what_is_shown_with_it(
    bench: Bench, everywhere: Mapping[str, str], version: Version
) -> None:
    miru = bench.miru.in_version(version)
    shown = miru.get("/deployments?limit=100")["data"]
    assert {each["id"] for each in shown} > set(everywhere.values())
    words = {
        "target_status": TARGET_WORDS[version],
        "activity_status": ACTIVITY_WORDS[version],
        "error_status": frozenset(Trouble),
    }
    for name, known in words.items():
        assert {each[name] for each in shown} == {str(word) for word in known}, "every word is met"
        for word in known:
            found = miru.ids(f"/deployments?{name}={word}&limit=100")
            assert found == [each["id"] for each in shown if each[name] == word]


@pytest.mark.parametrize(
    ("version", "query"),
    [
        (T, "activity_status=removing"),
        (T, "activity_status=validating"),
        (T, "target_status=pending"),
        (Z, "activity_status=drifted"),
        (P, "target_status=staged"),
        (P, "error_status=bad"),
    ],
)
def test_a_word_of_another_version_is_refused(bench: Bench, version: Version, query: str) -> None:
    answer = bench.miru.in_version(version).call("GET", f"/deployments?{query}")
    (fault,) = refusal(400, "invalid_request", answer)["fields"]
    name, _, word = query.partition("=")
    assert fault["field"] == name
    told, _, words = fault["problem"].partition(" is none of ")
    assert (told, words.split(", ")) == (word, sorted(words.split(", "))), "the same text in every process"


def test_several_values_widen_and_several_filters_narrow(bench: Bench, everywhere: Mapping[str, str]) -> None:
    miru = bench.miru
    for separator in ("%2C", "%7C", "|", ",", "&activity_status="):
        found = miru.ids(f"/deployments?activity_status=queued{separator}drifted&target_status=staged&limit=100")
        assert found == [everywhere["drifted"]]
    one, other = everywhere["queued"], everywhere["staged"]
    assert set(miru.ids(f"/deployments?id={one},{other}")) == {one, other}
    device = miru.get(f"/deployments/{one}")["device_id"]
    assert miru.ids(f"/deployments?device_id={device}") == [one]
    assert miru.ids(f"/deployments?device_id={device}&release_id={bench.releases[2]}") == []
    assert miru.ids("/deployments?id=dpl_none") == []


@pytest.mark.parametrize("version", Version)
def test_an_empty_list_is_as_the_version_has_it(bench: Bench, version: Version) -> None:
    empty = {"object": "list", "limit": 10, "offset": 0, "has_more": False, "data": []}
    miru = bench.miru.in_version(version)
    assert miru.get("/deployments") == (empty if version is T else {**empty, "total_count": -1})
    assert miru.get("/deployments?expand=total_count") == {**empty, "total_count": 0}


def test_the_parts_of_a_list_make_the_whole(bench: Bench) -> None:
    made = []
    for _ in range(5):
        bench.miru.app.pass_time(seconds=1)
        made.append(bench.create())
    parts = [bench.miru.get(f"/deployments?limit=2&offset={offset}&expand=total_count") for offset in (0, 2, 4, 6)]
    assert [each["id"] for part in parts for each in part["data"]] == [*reversed(made)]
    assert [part["has_more"] for part in parts] == [True, True, False, False]
    assert {part["total_count"] for part in parts} == {5}
    assert bench.miru.ids("/deployments?order_by=created_at:asc") == made
    clamped = bench.miru.get("/deployments?limit=1000&offset=-3")
    assert (clamped["limit"], clamped["offset"], len(clamped["data"])) == (100, 0, 5)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=ten", "invalid_request"),
        ("offset=1.5", "invalid_request"),
        ("order_by=name", "invalid_order_by"),
        ("order_by=id:up", "invalid_order_by"),
        ("expand=nothing", "invalid_expansion"),
        ("expand=release.config_schemas.config_type.x.y", "invalid_expansion"),
    ],
)
@pytest.mark.parametrize(
    "path", ["/deployments", "/devices", "/releases", "/config_types", "/config_schemas", "/config_instances"]
)
def test_no_list_takes_a_query_that_is_none(bench: Bench, path: str, query: str, code: str) -> None:
    refusal(400, code, bench.miru.call("GET", f"{path}?{query}"))


def test_drifts_are_a_list_of_a_hundred_unless_told_otherwise(bench: Bench) -> None:
    waiting = bench.create(0)
    others = [bench.deployed(1), *(bench.create(1, "deployed") for _ in range(3))]
    drifts = bench.miru.get(f"/deployments/{waiting}/drifts?expand=release,total_count")
    assert (drifts["limit"], drifts["total_count"], drifts["has_more"]) == (100, 4, False)
    assert [each["id"] for each in drifts["data"]] == [*reversed(others)]
    assert {each["release"]["version"] for each in drifts["data"]} == {"v1"}
    part = bench.miru.get(f"/deployments/{waiting}/drifts?limit=1&offset=1")
    assert ([each["id"] for each in part["data"]], part["has_more"]) == ([others[-2]], True)


@pytest.mark.parametrize("field", ["id", "created_at"])
def test_drifts_are_sorted_as_they_are_asked_for(bench: Bench, field: str) -> None:
    waiting = bench.create(0)
    for release, target in [(1, "staged"), *[(1, "deployed")] * 3]:
        bench.miru.app.pass_time(seconds=1)
        made = bench.create(release, target)
        if target == "staged":
            bench.act(made, "deploy")
    for direction, is_descending in (("asc", False), ("desc", True)):
        drifts = bench.miru.get(f"/deployments/{waiting}/drifts?order_by={field}:{direction}")["data"]
        shown = [each[field] for each in drifts]
        assert len(shown) == 4
        assert shown == sorted(shown, reverse=is_descending)


# Expansions

DEEP = (
    "device",
    "release.config_schemas.documents",
    "release.config_schemas.config_type",
    "config_instances.content",
    "config_instances.config_schema.documents",
    "config_instances.config_schema.config_type",
    "config_instances.config_type",
)
OLDER_DEEP = (
    "device",
    "release.config_schemas.config_type",
    "config_instances.content",
    "config_instances.device",
    "config_instances.config_schema.config_type",
    "config_instances.config_type",
)


@pytest.mark.parametrize("version", Version)
def test_10_4_point_6_every_spelling_of_all_expansions_gives_the_same(bench: Bench, version: Version) -> None:
    names = DEEP if version is T else OLDER_DEEP
    made = bench.deployed()
    miru = bench.miru.in_version(version)
    spellings = [
        f"expand={','.join(names)}",
        f"expand={'%2C'.join(names)}",
        "&".join(f"expand={name}" for name in names),
        "&".join(f"expand%5B%5D={name}" for name in names),
        f"expand[]={names[0]}&expand={','.join(names[1:])}",
    ]
    shown = [miru.get(f"/deployments/{made}?{spelling}") for spelling in spellings]
    assert shown == [shown[0]] * len(spellings)
    listed = [miru.get(f"/deployments?{spelling}")["data"] for spelling in spellings]
    assert listed == [[shown[0]]] * len(spellings)


def test_what_is_expanded_is_what_is_fetched_directly(bench: Bench) -> None:
    made = bench.deployed()
    for version in Version:
        miru = bench.miru.in_version(version)
        shown = miru.get(f"/deployments/{made}?expand=device,release,config_instances")
        assert shown["device"] == miru.get(f"/devices/{bench.device}")
        assert shown["release"] == miru.get(f"/releases/{bench.releases[0]}")
        assert shown["config_instances"] == [miru.get(f"/config_instances/{bench.instance}")]


def test_in_tetons_all_that_can_be_expanded_is_there_and_nothing_else(bench: Bench) -> None:
    made = bench.deployed()
    assert {"device", "release", "config_instances"}.isdisjoint(bench.miru.get(f"/deployments/{made}"))
    shown = bench.miru.get(f"/deployments/{made}?expand={','.join(DEEP)}")
    (schema,) = shown["release"]["config_schemas"]
    (document,) = schema["documents"]
    assert set(document) == {"id", "name", "data"}
    assert document["id"].startswith("doc_")
    assert schema["config_type"]["slug"] == "drive"
    (instance,) = shown["config_instances"]
    assert instance["content"] == {"format": "json", "data": '{"speed": 1.0}\n'}
    assert instance["config_schema"] == schema
    assert instance["config_type"] == schema["config_type"]
    assert "device" not in instance


def test_before_tetons_contents_are_values_and_what_is_not_expanded_is_null(bench: Bench) -> None:
    made = bench.deployed()
    miru = bench.miru.in_version(Z)
    bare = miru.get(f"/deployments/{made}")
    assert {bare[name] for name in ("device", "release")} == {None}
    assert bare["config_instances"] is None
    shown = miru.get(f"/deployments/{made}?expand[]=config_instances.content&expand[]=config_instances.device")
    (instance,) = shown["config_instances"]
    assert (instance["content"], instance["device"]["id"]) == ({"speed": 1.0}, bench.device)
    assert (instance["config_schema"], instance["config_type"]) == (None, None)


@pytest.mark.parametrize(
    ("version", "name"),
    [
        (T, "total_count"),
        (T, "config_instances.device"),
        (T, "release.git_commit"),
        (P, "release.config_schemas.documents"),
        (Z, "config_instances.config_schema.documents"),
        (T, "device.release"),
        (T, "Release"),
    ],
)
def test_what_cannot_be_expanded_is_refused_with_what_can(bench: Bench, version: Version, name: str) -> None:
    made = bench.create()
    answer = bench.miru.in_version(version).call("GET", f"/deployments/{made}?expand={name}")
    params = refusal(400, "invalid_expansion", answer)
    assert set(params) == {"name", "known"}
    assert params["name"] == name
    assert name not in params["known"]


# Instances, where their newest deployment left them


@pytest.mark.parametrize(
    ("reports", "words"),
    [
        ([], "deployed/queued/none/queued"),
        ([Report(Activity.QUEUED, Trouble.RETRYING)], "deployed/queued/retrying/retrying"),
        ([Report(Activity.DEPLOYED, Trouble.NONE)], "deployed/deployed/none/deployed"),
        ([Report(Activity.DEPLOYED, Trouble.FAILED)], "removed/removed/failed/failed"),
    ],
)
def test_5_7_an_instance_is_where_its_newest_deployment_is(bench: Bench, reports: list[Report], words: str) -> None:
    older = bench.miru.in_version(P)

    def standing() -> str:
        shown = older.get(f"/config_instances/{bench.instance}")
        names = ("target_status", "activity_status", "error_status", "status")
        assert shown["device_id"] == (bench.device if shown["status"] != "created" or used else "")
        for name in names[:3]:
            assert older.ids(f"/config_instances?{name}={shown[name]}") == [bench.instance]
        return "/".join(shown[name] for name in names)

    used = False
    assert standing() == "created/created/none/created"
    used = True
    made = bench.create()
    assert standing() == "created/created/none/created"
    bench.act(made, "deploy")
    give_and_report(bench, bench.device, *reports)
    assert standing() == words
    assert older.ids(f"/config_instances?device_id={bench.device}") == [bench.instance]
    assert older.ids("/config_instances?device_id=dvc_none") == []


@pytest.mark.parametrize("path", ["/devices", "/config_instances", "/deployments", "/releases"])
def test_of_more_than_can_be_looked_through_the_first_are_listed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(config_records, "MOST_LISTED", 2)
    for name in ("second", "third"):
        bench.miru.post("/devices", {"name": name})
        make_instance(bench.miru, bench.schema)
    for release in range(3):
        bench.create(release)
    shown = bench.miru.get(f"{path}?limit=1")
    assert (len(shown["data"]), shown["has_more"]) == (1, True)
    refusal(400, "invalid_request", bench.miru.call("GET", f"{path}?limit=1&expand=total_count"))


def test_instances_on_a_device_are_found_among_more_than_can_be_looked_through(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config_records, "MOST_LISTED", 1)
    make_instance(bench.miru, bench.schema)
    bench.create()
    older = bench.miru.in_version(P)
    assert older.ids(f"/config_instances?device_id={bench.device}") == [bench.instance]
    refusal(400, "invalid_request", older.call("GET", "/config_instances?target_status=created"))


def test_instances_are_found_by_what_they_are(bench: Bench) -> None:
    other = make_schema(bench.miru, "arm")
    second = make_instance(bench.miru, other)
    for version in Version:
        miru = bench.miru.in_version(version)
        type_id = miru.get(f"/config_instances/{second}")["config_type_id"]
        assert miru.ids(f"/config_instances?config_schema_id={other}") == [second]
        assert miru.ids(f"/config_instances?config_type_id={type_id}") == [second]
        assert set(miru.ids(f"/config_instances?id={second},{bench.instance}")) == {second, bench.instance}
    assert bench.miru.ids("/config_instances?device_id=dvc_none&config_type_id=x") == []
    assert len(bench.miru.ids("/config_instances?device_id=dvc_none")) == 2, "no filter of the newest version"


def test_no_list_has_anything_of_another_workspace(bench: Bench, stranger: Miru) -> None:
    bench.deployed()
    for path in ("deployments", "devices", "releases", "config_types", "config_schemas", "config_instances"):
        assert bench.miru.ids(f"/{path}") != []
        assert stranger.ids(f"/{path}") == []
