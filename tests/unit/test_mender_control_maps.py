"""The rules of update control maps, as users write them and devices read them (mender contract 9.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mender._wire_control_map_edits import parse_control_map
from mender._wire_control_maps import control_map_json
from sluiceway.domain.control_map import PASS, ControlMap, Instruction, Point, instruct
from sluiceway.domain.errors import Invalid
from tests.support.control_maps import actions, actions_on_expiry, control_maps, points
from tests.unit.http.requests import request_for

DEPLOYMENT = "6e5dfb9e-2f3e-4b8e-9d5a-9f3c0f0c8a01"
MEMBERS = ("action", "on_map_expire", "on_action_executed")

wishes = st.fixed_dictionaries(
    {},
    optional={
        "action": st.none() | actions,
        "on_map_expire": st.none() | actions_on_expiry,
        "on_action_executed": st.none() | actions,
    },
)
wanted_maps = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from([None, DEPLOYMENT, DEPLOYMENT.upper()]),
        "priority": st.none() | st.integers(-10, 10),
        "states": st.none() | st.dictionaries(points, wishes),
    },
)
full_maps = st.builds(control_map_json, control_maps, st.just(DEPLOYMENT))
words = st.text(max_size=20)


def parse(wanted: object) -> ControlMap:
    return parse_control_map(request_for(body={"update_control_map": wanted}), DEPLOYMENT)


@given(wanted_maps)
def test_a_map_that_keeps_the_rules_is_read(wanted: dict[str, Any]) -> None:
    states = {
        point: instruct(*(wish.get(member) for member in MEMBERS))
        for point, wish in (wanted.get("states") or {}).items()
    }
    assert parse(wanted) == ControlMap(wanted.get("priority") or 0, states)


@given(control_maps)
def test_what_is_shown_of_a_map_can_be_written_as_it_is(control_map: ControlMap) -> None:
    assert parse(control_map_json(control_map, DEPLOYMENT)) == control_map


@given(control_maps)
def test_a_device_is_sent_the_known_members_and_no_others(control_map: ControlMap) -> None:
    sent = control_map_json(control_map, DEPLOYMENT)
    assert list(sent) == ["id", "priority", "states"]
    assert sent["id"] == DEPLOYMENT
    assert isinstance(sent["states"], dict)
    assert list(sent["states"]) == [point for point in Point if point in control_map.states]
    assert all(list(state) == list(MEMBERS) for state in sent["states"].values() if isinstance(state, dict))


def test_a_map_of_nothing_passes_every_point() -> None:
    assert parse({}) == PASS
    assert parse({"states": {"ArtifactInstall_Enter": {}}}).states == {Point.INSTALL: Instruction()}


def spoil_the_id(spoilt: dict[str, Any], value: str) -> str:
    spoilt["id"] = value
    return "update_control_map.id: must be"


def spoil_the_priority(spoilt: dict[str, Any], value: object) -> str:
    spoilt["priority"] = value
    return "update_control_map.priority: "


def spoil_the_name_of_a_point(spoilt: dict[str, Any], value: str) -> str:
    spoilt["states"][value] = {"action": "pause"}
    return f"update_control_map.states.{value}.[key]: Input should be 'ArtifactInstall_Enter'"


def spoil_an_action(spoilt: dict[str, Any], value: str) -> str:
    spoilt["states"]["ArtifactReboot_Enter"] = {"action": value}
    return "update_control_map.states.ArtifactReboot_Enter.action: Input should be 'continue'"


def spoil_what_follows(spoilt: dict[str, Any], value: str) -> str:
    spoilt["states"]["ArtifactReboot_Enter"] = {"on_action_executed": value}
    return "update_control_map.states.ArtifactReboot_Enter.on_action_executed: Input should be 'continue'"


def spoil_the_expiry(spoilt: dict[str, Any], value: str) -> str:
    spoilt["states"]["ArtifactCommit_Enter"] = {"on_map_expire": value}
    return "update_control_map.states.ArtifactCommit_Enter.on_map_expire: Input should be 'continue'"


def add_a_member(spoilt: dict[str, Any], value: str) -> str:
    spoilt[value] = 1
    return f"update_control_map.{value}: Extra inputs are not permitted"


def add_a_member_to_a_point(spoilt: dict[str, Any], value: str) -> str:
    spoilt["states"]["ArtifactInstall_Enter"] = {value: "pause"}
    return f"update_control_map.states.ArtifactInstall_Enter.{value}: Extra inputs are not permitted"


no_actions = words.filter(lambda word: word not in {"continue", "force_continue", "pause", "fail"})


@pytest.mark.parametrize(
    ("spoil", "values"),
    [
        (spoil_the_id, words | st.uuids().map(str)),
        (
            spoil_the_priority,
            st.integers(11, 2**63 - 1) | st.integers(-(2**63), -11) | st.sampled_from(["1", True, 1.5, [], {}]),
        ),
        (spoil_the_name_of_a_point, words.filter(lambda word: word not in {*Point})),
        (spoil_an_action, no_actions),
        (spoil_what_follows, no_actions),
        (spoil_the_expiry, no_actions | st.just("pause")),
        (add_a_member, words.filter(lambda word: word not in {"id", "priority", "states"})),
        (add_a_member_to_a_point, words.filter(lambda word: word not in MEMBERS)),
    ],
)
@given(data=st.data())
def test_a_map_that_breaks_one_rule_is_refused_by_its_member(
    data: st.DataObject, spoil: Callable[[dict[str, Any], object], str], values: st.SearchStrategy[object]
) -> None:
    spoilt = data.draw(full_maps)
    told = spoil(spoilt, data.draw(values))
    with pytest.raises(Invalid) as refusal:
        parse(spoilt)
    assert told in str(refusal.value)


@pytest.mark.parametrize(
    "wanted", [None, [], "pause", 5, True, {"states": []}, {"states": {"ArtifactInstall_Enter": 1}}]
)
def test_what_is_no_map_is_refused(wanted: object) -> None:
    with pytest.raises(Invalid, match=r"^Validating request body: update_control_map"):
        parse(wanted)


def test_a_change_without_a_map_is_refused() -> None:
    with pytest.raises(Invalid, match="update_control_map: Field required"):
        parse_control_map(request_for(body={}), DEPLOYMENT)
