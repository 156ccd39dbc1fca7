"""What devices hear of their deployments and say of them (miru contract 6.2 rows 13-22, 6.5, 8.5, 8.7)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.config_device_client import SYNC_QUERY
from infra.local.config_machine import take_configuration
from infra.local.errors import LocalCloudError
from infra.local.simulated_config_device import SimulatedConfigDevice, TwoTargetsError
from miru._versions import Version
from tests.handlers.miru.agents import PATH, ROOT, Agent, Content, Fleet
from tests.handlers.miru.calls import Json, Miru, refusal
from tests.support.app import NOW
from tests.support.app_client import http_of
from tests.support.config_agents import device_key
from tests.support.logs import recorded_logs
from tests.support.seeds import expect
from tests.support.unchanged import nothing_changes

DEPLOYED, QUEUED = ("deployed", "deployed", "none"), ("deployed", "queued", "none")
ARCHIVED = ("archived", "archived", "none")


@pytest.fixture
def fleet(miru: Miru) -> Fleet:
    return Fleet(miru)


@pytest.fixture
def device(fleet: Fleet) -> str:
    return fleet.device()


@pytest.fixture
def agent(fleet: Fleet, device: str) -> Agent:
    return fleet.agent(device)


@pytest.fixture
def simulated(fleet: Fleet, device: str, tmp_path: Path) -> Iterator[SimulatedConfigDevice]:
    with fleet.simulated(device, tmp_path) as syncing:
        yield syncing


def ids(listed: list[Json]) -> list[str]:
    return [each["id"] for each in listed]


# The list


def test_the_list_has_what_the_device_parses_strictly(fleet: Fleet, agent: Agent) -> None:
    target = fleet.deploy(agent.device_id)
    page = agent.get(f"/deployments?limit=100&offset=0&{SYNC_QUERY}")
    assert {name: value for name, value in page.items() if name != "data"} == {
        "object": "list",
        "limit": 100,
        "offset": 0,
        "has_more": False,
    }
    (shown,) = page["data"]
    moment = "2026-03-11T13:00:00.000Z"
    assert shown == {
        "object": "deployment",
        "id": target.id,
        "description": "",
        "status": "queued",
        "activity_status": "queued",
        "error_status": "none",
        "target_status": "deployed",
        "device_id": agent.device_id,
        "release_id": target.release,
        "created_at": moment,
        "updated_at": moment,
        "release": {
            "object": "release",
            "id": target.release,
            "version": "v1",
            "git_commit_id": target.commit,
            "created_at": moment,
            "updated_at": moment,
            "git_commit": fleet.miru.get(f"/git_commits/{target.commit}"),
        },
        "config_instances": [
            {
                "object": "config_instance",
                "id": target.instance,
                "config_type_name": "Drive",
                "filepath": PATH,
                "created_at": moment,
                "config_schema_id": fleet.miru.get(f"/config_instances/{target.instance}")["config_schema_id"],
                "config_type_id": fleet.miru.get(f"/config_instances/{target.instance}")["config_type_id"],
            }
        ],
    }


def test_what_is_not_expanded_is_absent_and_a_commit_that_is_not_there_is_null(fleet: Fleet, agent: Agent) -> None:
    staged = fleet.stage(agent.device_id)
    release = {"version": "v9", "config_schema_ids": [fleet.miru.get("/config_schemas")["data"][0]["id"]]}
    without = fleet.miru.post("/releases", release)["id"]
    body = {
        "target_status": "staged",
        "description": "",
        "release_id": without,
        "device_id": agent.device_id,
        "config_instance_ids": [staged.instance],
    }
    fleet.miru.post(f"/deployments/{fleet.miru.post('/deployments', body)['id']}/deploy")
    (plain,) = agent.get("/deployments")["data"]
    assert not {"release", "config_instances", "device"} & plain.keys()
    (expanded,) = agent.get("/deployments?expand[]=release")["data"]
    assert (expanded["release"]["git_commit_id"], "git_commit" in expanded["release"]) == (None, False)
    (expanded,) = agent.get("/deployments?expand=release.git_commit,config_instances")["data"]
    assert expanded["release"]["git_commit"] is None
    refusal(400, "invalid_expansion", agent.call("GET", "/deployments?expand=device"))


def test_the_list_is_paged_until_there_is_no_more(fleet: Fleet, agent: Agent) -> None:
    given = []
    for number in range(5):
        given.append(fleet.deploy(agent.device_id, str(number)).id)
        agent.listed()
    pages = [agent.get(f"/deployments?limit=2&offset={offset}") for offset in (0, 2, 4)]
    assert [page["has_more"] for page in pages] == [True, True, False]
    assert sorted(each["id"] for page in pages for each in page["data"]) == sorted(given)


def test_row_14_what_is_on_a_page_that_was_not_asked_for_was_not_handed_over(fleet: Fleet, agent: Agent) -> None:
    fleet.deploy(agent.device_id, "1")
    agent.listed()
    fleet.miru.app.pass_time(seconds=1)
    unseen = fleet.deploy(agent.device_id, "2")
    page = agent.get("/deployments?limit=1&order_by=created_at:asc")
    assert (page["has_more"], unseen.id in ids(page["data"])) == (True, False)
    fleet.deploy(agent.device_id, "3")
    assert fleet.standing(unseen) == ARCHIVED


def test_only_what_the_device_is_to_act_on_is_listed(fleet: Fleet, agent: Agent) -> None:
    old, target = fleet.deploy(agent.device_id, "1"), None
    agent.listed()
    agent.report(old, "deployed")
    target = fleet.deploy(agent.device_id, "2")
    fleet.stage(agent.device_id, "3")
    assert sorted(ids(agent.listed())) == sorted([old.id, target.id])
    agent.report(old, "removing")
    assert ids(agent.listed()) == [target.id]
    assert [each["activity_status"] for each in agent.get("/deployments?activity_status=removing")["data"]] == [
        "removing"
    ]
    assert agent.get("/deployments?activity_status=staged,drifted,archived")["data"] == []
    refusal(400, "invalid_request", agent.call("GET", "/deployments?activity_status=pending"))


def test_the_management_api_folds_removing_and_the_devices_does_not(fleet: Fleet, agent: Agent) -> None:
    old = fleet.deploy(agent.device_id, "1")
    agent.listed()
    agent.report(old, "deployed")
    fleet.deploy(agent.device_id, "2")
    shown = agent.report(old, "removing")
    assert (shown["target_status"], shown["activity_status"], shown["status"]) == ("archived", "removing", "removing")
    assert fleet.standing(old) == ("archived", "deployed", "none")
    assert fleet.miru.in_version(Version.ZION).get(f"/deployments/{old.id}")["activity_status"] == "removing"


# Rows 13 to 21


def test_6_2_row_13_a_device_that_reports_deployed_is_believed(fleet: Fleet, agent: Agent) -> None:
    target = fleet.deploy(agent.device_id)
    agent.listed()
    shown = agent.report(target, "deployed", deployed_at="2026-03-11T13:00:00.000+00:00")
    assert (shown["status"], shown["object"], shown["id"]) == ("deployed", "deployment", target.id)
    assert fleet.standing(target) == DEPLOYED
    with nothing_changes(fleet.miru.app):
        assert agent.report(target, "deployed") == shown


def test_6_2_row_14_what_the_device_never_heard_of_is_archived_when_it_is_superseded(
    fleet: Fleet, device: str, simulated: SimulatedConfigDevice
) -> None:
    first = fleet.deploy(device, "1")
    second = fleet.deploy(device, "2")
    assert fleet.standing(first) == ARCHIVED
    simulated.sync()
    assert list(simulated.entries) == [second.id]
    assert simulated.read(PATH) == b"2"
    assert fleet.standing(second) == DEPLOYED


def test_6_2_row_15_what_was_handed_over_is_left_for_the_device_to_archive(
    fleet: Fleet, device: str, simulated: SimulatedConfigDevice
) -> None:
    first = fleet.deploy(device, "1")
    simulated.pull()
    second = fleet.deploy(device, "2")
    assert fleet.standing(first) == ("archived", "queued", "none")
    simulated.sync()
    assert fleet.standing(first) == ARCHIVED
    assert fleet.standing(second) == DEPLOYED
    assert simulated.read(PATH) == b"2"


def test_6_2_row_16_what_is_on_the_device_is_removed_by_it(
    fleet: Fleet, device: str, simulated: SimulatedConfigDevice
) -> None:
    first = fleet.deploy(device, "1")
    simulated.sync()
    second = fleet.deploy(device, "2")
    assert fleet.standing(first) == ("archived", "deployed", "none")
    simulated.sync()
    assert (fleet.standing(first), fleet.standing(second)) == (ARCHIVED, DEPLOYED)
    assert simulated.read(PATH) == b"2"


def test_a_device_that_is_not_told_of_what_was_superseded_is_stuck(
    fleet: Fleet, device: str, simulated: SimulatedConfigDevice
) -> None:
    """The simulated device would notice if rows 15 and 16 archived at once: what it caches keeps its target."""
    fleet.deploy(device, "1")
    simulated.pull()
    (entry,) = simulated.entries.values()
    fleet.deploy(device, "2")
    simulated.pull()
    entry.target = "deployed"
    with pytest.raises(TwoTargetsError):
        simulated.apply()


def test_6_2_row_17_and_18_a_device_removes_and_archives_what_was_superseded(fleet: Fleet, agent: Agent) -> None:
    old = fleet.deploy(agent.device_id, "1")
    agent.listed()
    agent.report(old, "deployed")
    fleet.deploy(agent.device_id, "2")
    assert agent.report(old, "removing")["activity_status"] == "removing"
    shown = agent.report(old, "archived", archived_at="2026-03-11T13:00:00Z")
    assert (shown["target_status"], shown["activity_status"]) == ("archived", "archived")
    assert fleet.standing(old) == ARCHIVED


def test_6_2_row_18_straight_from_queued(fleet: Fleet, agent: Agent) -> None:
    old = fleet.deploy(agent.device_id, "1")
    agent.listed()
    fleet.deploy(agent.device_id, "2")
    agent.report(old, "archived")
    assert fleet.standing(old) == ARCHIVED


def test_6_2_row_19_and_20_trouble_is_shown_until_the_target_is_reached(fleet: Fleet, agent: Agent) -> None:
    target = fleet.deploy(agent.device_id)
    agent.listed()
    assert agent.report(target, "queued", "retrying")["status"] == "retrying"
    assert fleet.standing(target) == ("deployed", "queued", "retrying")
    agent.report(target, "queued", "none")
    assert fleet.standing(target) == ("deployed", "queued", "retrying")
    agent.report(target, "deployed", "none")
    assert fleet.standing(target) == DEPLOYED


def test_6_2_row_21_a_failure_is_final_and_leaves_the_device_without_a_target(fleet: Fleet, agent: Agent) -> None:
    target = fleet.deploy(agent.device_id)
    agent.listed()
    shown = agent.report(target, "queued", "failed")
    assert (shown["status"], shown["activity_status"], shown["error_status"]) == ("failed", "archived", "failed")
    assert agent.listed() == []
    again = fleet.miru.call("POST", f"/deployments/{target.id}/deploy")
    refusal(409, "deployment_not_deployable", again)
    assert fleet.standing(fleet.deploy(agent.device_id, "2")) == QUEUED


def test_a_report_of_deployed_for_what_is_to_go_is_kept_and_the_next_list_says_so(fleet: Fleet, agent: Agent) -> None:
    old = fleet.deploy(agent.device_id, "1")
    agent.listed()
    fleet.deploy(agent.device_id, "2")
    agent.report(old, "deployed")
    (shown,) = [each for each in agent.listed() if each["id"] == old.id]
    assert (shown["target_status"], shown["activity_status"]) == ("archived", "deployed")


def test_a_device_that_removed_what_it_is_to_have_is_recorded_and_logged(fleet: Fleet, agent: Agent) -> None:
    target = fleet.deploy(agent.device_id)
    agent.listed()
    with recorded_logs() as lines:
        agent.report(target, "archived")
    assert fleet.standing(target) == ("deployed", "archived", "none")
    (warning,) = [line for line in map(json.loads, lines) if line["level"] == "WARNING"]
    assert warning["deployment"] == target.id


@pytest.mark.parametrize("activity", ["validating", "staged", "drifted", "queued", "removing"])
def test_what_cannot_be_so_is_ignored_and_answered_200(fleet: Fleet, agent: Agent, activity: str) -> None:
    target = fleet.deploy(agent.device_id)
    agent.listed()
    before = agent.report(target, "deployed")
    with nothing_changes(fleet.miru.app):
        assert agent.report(target, activity) == before
    assert fleet.standing(target) == DEPLOYED


@pytest.mark.parametrize("activity", ["queued", "deployed", "removing", "archived"])
@pytest.mark.parametrize("error", ["none", "retrying", "failed"])
def test_no_well_formed_report_of_an_own_deployment_is_refused(
    fleet: Fleet, agent: Agent, activity: str, error: str
) -> None:
    """8.5: whatever stands with it, as a device that is refused backs off for hours."""
    over = fleet.deploy(agent.device_id, "1")
    agent.listed()
    agent.report(over, "queued", "failed")
    drifted = fleet.stage(agent.device_id, "2")
    target = fleet.deploy(agent.device_id, "3")
    staged = fleet.stage(agent.device_id, "4")
    shown = [agent.report(each, activity, error) for each in (over, drifted, staged, target)]
    assert [each["activity_status"] for each in shown[:3]] == ["archived", "drifted", "staged"]


@pytest.mark.parametrize("text", ["yesterday", "2026-03-11T12:00:00", "2030-01-01T00:00:00Z", "", None, 5])
def test_a_time_that_cannot_be_does_not_refuse_a_report(fleet: Fleet, agent: Agent, text: object) -> None:
    target = fleet.deploy(agent.device_id)
    agent.listed()
    body = {"activity_status": "deployed", "error_status": "none", "deployed_at": text}
    expect(200, agent.call("PATCH", f"/deployments/{target.id}", body))
    assert fleet.standing(target) == DEPLOYED


@pytest.mark.parametrize(
    "body",
    [b"", b"{", [], {}, {"activity_status": "deployed"}, {"activity_status": "gone", "error_status": "none"},
     {"activity_status": None, "error_status": None}, {"activity_status": ["queued"], "error_status": "none"}],
)  # fmt: skip
def test_what_is_no_report_is_400_and_changes_nothing(fleet: Fleet, agent: Agent, body: object) -> None:
    target = fleet.deploy(agent.device_id)
    agent.listed()
    with nothing_changes(fleet.miru.app):
        refusal(400, "invalid_request", agent.call("PATCH", f"/deployments/{target.id}", body))


def test_the_label_of_a_body_does_not_matter(fleet: Fleet, agent: Agent) -> None:
    target = fleet.deploy(agent.device_id)
    body = b'{"activity_status": "deployed", "error_status": "none"}'
    for label in ({}, {"content-type": "application/x-www-form-urlencoded"}, {"content-type": "text/plain"}):
        path = f"{ROOT}/deployments/{target.id}"
        expect(200, fleet.miru.app.call("PATCH", path, body, token=agent.token, headers=label))


# What a device may read


def test_the_content_of_every_instance_ever_handed_over_is_answered_for_ever_byte_for_byte(
    fleet: Fleet, agent: Agent
) -> None:
    data = '{\n  "max_speed_mps": 1.0,  "a": "\u00fc"\n}\n'
    old = fleet.deploy(agent.device_id, data)
    agent.listed()
    agent.report(old, "deployed")
    fleet.deploy(agent.device_id, "2")
    agent.report(old, "archived")
    fleet.agent(agent.device_id, 1)
    again = fleet.agent(agent.device_id, 2)
    answer = expect(200, again.call("GET", f"/config_instances/{old.instance}/content"))
    assert (answer.body, answer.headers["content-type"]) == (data.encode(), "application/json")


def test_an_instance_that_was_never_handed_over_is_not_there(fleet: Fleet, agent: Agent) -> None:
    staged, target = fleet.stage(agent.device_id, "1"), fleet.deploy(agent.device_id, "2")
    for each in (staged, target):
        refusal(404, "record_not_found", agent.call("GET", f"/config_instances/{each.instance}/content"))
    agent.listed()
    expect(200, agent.call("GET", f"/config_instances/{target.instance}/content"))


def test_reading_one_deployment_hands_it_over_too(fleet: Fleet, agent: Agent) -> None:
    first = fleet.deploy(agent.device_id, "1")
    shown = agent.get(f"/deployments/{first.id}?expand=config_instances&expand=release.git_commit")
    assert (shown["config_instances"][0]["id"], shown["release"]["git_commit"]["id"]) == (first.instance, first.commit)
    fleet.deploy(agent.device_id, "2")
    assert fleet.standing(first) == ("archived", "queued", "none")
    expect(200, agent.call("GET", f"/config_instances/{first.instance}/content"))


def test_a_device_reads_what_its_deployments_are_made_of_even_when_they_are_over(fleet: Fleet, agent: Agent) -> None:
    old = fleet.deploy(agent.device_id, "1")
    agent.listed()
    agent.report(old, "queued", "failed")
    assert agent.get(f"/deployments/{old.id}")["status"] == "failed"
    release = agent.get(f"/releases/{old.release}")
    assert (release["id"], release["git_commit_id"]) == (old.release, old.commit)
    assert agent.get(f"/git_commits/{old.commit}") == fleet.miru.get(f"/git_commits/{old.commit}")


def foreign_things(fleet: Fleet, owner: str) -> Content:
    content = fleet.deploy(owner, "9")
    fleet.agent(owner, 5).listed()
    return content


@pytest.mark.parametrize("where", ["the workspace", "another workspace"])
def test_what_is_another_devices_is_not_there(fleet: Fleet, agent: Agent, stranger: Miru, where: str) -> None:
    others = fleet if where == "the workspace" else Fleet(stranger)
    theirs = foreign_things(others, others.device("cart-9"))
    report = {"activity_status": "deployed", "error_status": "none"}
    targets = [
        ("GET", f"/deployments/{theirs.id}", b""),
        ("PATCH", f"/deployments/{theirs.id}", report),
        ("GET", f"/releases/{theirs.release}", b""),
        ("GET", f"/config_instances/{theirs.instance}/content", b""),
    ]
    with nothing_changes(fleet.miru.app):
        for method, target, body in targets:
            refusal(404, "record_not_found", agent.call(method, target, body))
        refusal(404, "record_not_found", agent.call("GET", f"/git_commits/{theirs.commit}"))
    assert agent.listed() == []
    assert others.standing(theirs) == QUEUED


@pytest.mark.parametrize("identifier", ["x", "%23", "a%2Fb", "x" * 300])
@pytest.mark.parametrize(
    "target", ["/deployments/{}", "/releases/{}", "/git_commits/{}", "/config_instances/{}/content"]
)
def test_what_never_was_is_not_there(agent: Agent, target: str, identifier: str) -> None:
    refusal(404, "record_not_found", agent.call("GET", target.format(identifier)))


# The whole way


def test_10_4_point_8_a_simulated_device_brings_a_deployment_to_deployed(
    fleet: Fleet, device: str, simulated: SimulatedConfigDevice
) -> None:
    target = fleet.deploy(device, '{"max_speed_mps": 1.0}\n')
    simulated.sync()
    assert simulated.read(PATH) == b'{"max_speed_mps": 1.0}\n'
    assert fleet.standing(target) == DEPLOYED
    shown = fleet.miru.get(f"/devices/{device}")
    assert (shown["status"], shown["agent_version"]) == ("online", "v0.8.0")
    assert NOW.isoformat().startswith(shown["last_connected_at"][:19])


def test_a_device_that_lost_everything_and_is_activated_again_has_its_files_again(
    fleet: Fleet, device: str, simulated: SimulatedConfigDevice
) -> None:
    target = fleet.deploy(device, "1")
    simulated.sync()
    simulated.wipe()
    (simulated.root / PATH.lstrip("/")).unlink()
    simulated.client.activate(fleet.invite(device, reactivates=True))
    simulated.sync()
    assert (simulated.read(PATH), fleet.standing(target)) == (b"1", DEPLOYED)


def test_deployments_one_after_another_leave_the_last_ones_file(
    fleet: Fleet, device: str, simulated: SimulatedConfigDevice
) -> None:
    given = []
    for number in range(4):
        given.append(fleet.deploy(device, str(number)))
        simulated.sync()
        assert simulated.read(PATH) == str(number).encode()
    *over, last = given
    assert {fleet.standing(each) for each in over} == {ARCHIVED}
    assert fleet.standing(last) == DEPLOYED


def test_a_machine_takes_what_its_device_is_to_have_and_a_second_one_is_told_why_not(
    fleet: Fleet, tmp_path: Path
) -> None:
    device = fleet.device()
    deployed = fleet.deploy(device, '{"speed": 0.5}')
    token = fleet.invite(device)
    with http_of(fleet.miru.app) as http:
        (path,) = take_configuration(http, device_key(0), token, tmp_path)
        assert path.read_text() == '{"speed": 0.5}'
        assert fleet.standing(deployed) == DEPLOYED
        with pytest.raises(LocalCloudError, match=r"^The service refused it: .+ was activated already\."):
            take_configuration(http, device_key(1), fleet.invite(device), tmp_path)
