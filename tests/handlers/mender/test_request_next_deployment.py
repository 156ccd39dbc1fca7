"""Asking for work in its three forms, and what is given (mender contract 8.5, 9.2, 9.3, 16.22, 16.23, 16.25)."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from itertools import permutations
from urllib.parse import urlencode, urlsplit

import pytest

from tests.handlers.mender.calls import ZEROS, Management, ask, error_of, given, provides
from tests.support.app import Answer, App
from tests.support.seeds import DEVICES_V1, DEVICES_V2, Device, Workspace, expect, report
from tests.support.unchanged import nothing_changes

BLANK = "artifact_name: cannot be blank; device_type: cannot be blank."
CHANGED = "Device provided conflicting request data"
EMOJI = "\U0001f600"
Form = Callable[[App, Device, Mapping[str, object]], Answer]


def in_v2(app: App, device: Device, said: Mapping[str, object]) -> Answer:
    return app.call("POST", f"{DEVICES_V2}/next", {"device_provides": said}, token=device.token)


def in_v1(app: App, device: Device, said: Mapping[str, object]) -> Answer:
    return app.call("POST", f"{DEVICES_V1}/next", said, token=device.token)


def in_the_query(app: App, device: Device, said: Mapping[str, object]) -> Answer:
    return app.call("GET", f"{DEVICES_V1}/next?{urlencode(said)}", token=device.token)


FORMS = pytest.mark.parametrize("form", [in_v2, in_v1, in_the_query])
POSTS = pytest.mark.parametrize("form", [in_v2, in_v1])


def offer(answer: Answer) -> dict[str, object]:
    """What an offer says, without the link that is another each time."""
    content = expect(200, answer).json()
    content["artifact"].pop("source")
    return dict(content)


@FORMS
def test_22_an_offer_names_the_deployment_and_the_files_own_words(
    app: App, management: Management, device: Device, form: Form
) -> None:
    artifact_id = management.upload("app-3", ["board-a", "board-b"])
    deployment_id = management.deploy(device, artifact_name="app-3")
    content = expect(200, form(app, device, provides())).json()
    source = content["artifact"].pop("source")
    assert content == {
        "id": deployment_id,
        "artifact": {
            "id": artifact_id,
            "artifact_name": "app-3",
            "device_types_compatible": ["board-a", "board-b"],
        },
    }
    assert set(source) == {"uri", "expire"}
    assert source["expire"] == "2026-03-12T13:00:00.000Z"


def test_22_the_three_forms_are_one_request(app: App, management: Management, device: Device) -> None:
    management.deploy(device)
    answers = [form(app, device, provides()) for form in (in_v2, in_v1, in_the_query, in_v2)]
    assert len({json.dumps(offer(answer)) for answer in answers}) == 1


def test_22_further_provides_are_the_same_flat_and_nested(app: App, management: Management, device: Device) -> None:
    management.deploy(device)
    further = {"rootfs-image.version": "1", "colour": EMOJI}
    first = offer(in_v2(app, device, provides(**further)))
    assert offer(in_v1(app, device, provides(**further))) == first
    assert offer(in_v1(app, device, {**provides(), "artifact_provides": further})) == first
    nested = {**provides("ignored", "ignored"), **further}
    assert offer(in_v1(app, device, {**provides(), "artifact_provides": nested})) == first


@FORMS
def test_22_nothing_to_do_is_204_with_an_empty_body(app: App, device: Device, form: Form) -> None:
    with nothing_changes(app):
        answer = form(app, device, provides())
    assert (answer.status, answer.body, "content-type" in answer.headers) == (204, b"", False)


@FORMS
@pytest.mark.parametrize("said", [{}, {"artifact_name": "", "device_type": ""}])
def test_22_what_is_missing_or_blank_is_named(
    app: App, management: Management, device: Device, form: Form, said: dict[str, str]
) -> None:
    management.deploy(device)
    with nothing_changes(app):
        assert error_of(400, form(app, device, said)) == BLANK


@FORMS
@pytest.mark.parametrize("missing", ["artifact_name", "device_type"])
def test_22_each_of_the_two_is_required(
    app: App, management: Management, device: Device, form: Form, missing: str
) -> None:
    management.deploy(device)
    said = {name: value for name, value in provides().items() if name != missing}
    with nothing_changes(app):
        assert error_of(400, form(app, device, said)) == f"{missing}: cannot be blank."


@POSTS
@pytest.mark.parametrize("member", ["artifact_name", "device_type"])
@pytest.mark.parametrize("value", [None, 5, True, ["board-a"], {"x": "y"}, "x" * 4097])
def test_22_the_two_are_texts_of_at_most_4096_characters(
    management: Management, device: Device, form: Form, member: str, value: object
) -> None:
    management.deploy(device)
    with nothing_changes(management.app):
        text = error_of(400, form(management.app, device, {**provides(), member: value}))
    assert text.startswith(f"{member}: ")


@pytest.mark.parametrize("value", [None, "", 5, ["x"], {"x": "y"}, "x" * 4097])
def test_every_provides_of_version_2_is_a_text(app: App, management: Management, device: Device, value: object) -> None:
    management.deploy(device)
    with nothing_changes(app):
        assert error_of(400, in_v2(app, device, {**provides(), "colour": value})).startswith("colour: ")
        assert error_of(400, in_v1(app, device, {**provides(), "artifact_provides": {"colour": value}}))


def test_4096_characters_are_taken_whatever_their_bytes(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device)
    assert given(ask(app, device, provides(EMOJI * 4096, colour=EMOJI * 4096))) == deployment_id


def test_unknown_members_are_ignored(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device)
    assert (
        given(in_v1(app, device, {**provides(), "update_control_map": True, "tier": 5, "x": None, "y": ""}))
        == deployment_id
    )
    body = {"device_provides": provides(), "update_control_map": True, "tier": "standard"}
    assert given(app.call("POST", f"{DEVICES_V2}/next", body, token=device.token)) == deployment_id


@pytest.mark.parametrize("version", [DEVICES_V1, DEVICES_V2])
@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'"\\ud83d"', b"[]", b"null", b"5", {"device_provides": []}])
def test_22_a_body_that_says_nothing_is_400(
    app: App, management: Management, device: Device, version: str, body: object
) -> None:
    management.deploy(device)
    with nothing_changes(app):
        assert error_of(400, app.call("POST", f"{version}/next", body, token=device.token))


@pytest.mark.parametrize("headers", [{}, {"transfer-encoding": "chunked"}])
@pytest.mark.parametrize("version", [DEVICES_V1, DEVICES_V2])
def test_22_a_chunked_body_without_a_type_is_read(
    app: App, management: Management, device: Device, version: str, headers: dict[str, str]
) -> None:
    deployment_id = management.deploy(device)
    body = json.dumps({**provides(), "device_provides": provides()}).encode() + b"\n"
    answer = app.call("POST", f"{version}/next", body, token=device.token, headers=headers)
    assert expect(200, answer).json()["id"] == deployment_id


@FORMS
def test_22_a_users_token_is_401(app: App, workspace: Workspace, device: Device, form: Form) -> None:
    user = Device(device.number, device.id, device.auth_set, workspace.token)
    error_of(401, form(app, user, provides()))


def test_20_a_device_that_was_rejected_is_401_with_its_old_token(
    app: App, management: Management, device: Device
) -> None:
    deployment_id = management.deploy(device)
    target = f"/api/management/v2/devauth/devices/{device.id}/auth/{device.auth_set}/status"
    for decision in ("rejected", "accepted"):
        expect(204, app.call("PUT", target, {"status": decision}, token=management.workspace.token))
        with nothing_changes(app):
            error_of(401, ask(app, device))
            error_of(401, report(app, device, deployment_id, "success"))
    assert management.statistics(deployment_id) == {**ZEROS, "pending": 1}


def test_23_asking_again_gives_the_same_answer_with_a_fresh_link_and_counts_nothing_twice(
    app: App, management: Management, device: Device
) -> None:
    deployment_id = management.deploy(device)
    first = ask(app, device)
    before = management.deployment(deployment_id)
    app.pass_time(minutes=10)
    with nothing_changes(app):
        second = ask(app, device)
    assert offer(second) == offer(first)
    sources = [answer.json()["artifact"]["source"] for answer in (first, second)]
    assert [source["expire"] for source in sources] == ["2026-03-12T13:00:00.000Z", "2026-03-12T13:10:00.000Z"]
    assert sources[0]["uri"] != sources[1]["uri"]
    assert management.deployment(deployment_id) == before


@pytest.mark.parametrize("word", ["downloading", "installing", "rebooting", "pause_before_installing"])
def test_23_a_device_at_work_is_given_the_same_again(
    app: App, management: Management, device: Device, word: str
) -> None:
    management.deploy(device)
    first = offer(ask(app, device))
    expect(204, report(app, device, str(first["id"]), word))
    assert offer(ask(app, device)) == first


def test_22_the_link_needs_no_token(app: App, management: Management, device: Device) -> None:
    management.deploy(device)
    link = urlsplit(expect(200, ask(app, device)).json()["artifact"]["source"]["uri"])
    answer = app.call("GET", link.path)
    assert (answer.status, "location" in answer.headers) == (302, True)


@pytest.mark.parametrize(
    "changed",
    [provides(device_type="board-b"), provides("app-0"), provides(colour="red"), provides("app-2")],
)
def test_23_decision_15_a_changed_request_is_409_and_the_device_has_failed(
    app: App, management: Management, device: Device, changed: dict[str, str]
) -> None:
    deployment_id = management.deploy(device)
    expect(200, ask(app, device))
    assert error_of(409, ask(app, device, changed)) == CHANGED
    assert management.statistics(deployment_id) == {**ZEROS, "failure": 1}
    expect(204, ask(app, device, changed))


def test_23_decision_15_a_changed_request_is_409_while_the_device_is_at_work(
    app: App, management: Management, device: Device
) -> None:
    deployment_id = management.deploy(device)
    expect(200, ask(app, device))
    expect(204, report(app, device, deployment_id, "installing"))
    assert error_of(409, ask(app, device, provides("app-2"))) == CHANGED
    assert management.statistics(deployment_id) == {**ZEROS, "failure": 1}


def test_23_requests_are_equal_in_whatever_order_their_members_come(
    app: App, management: Management, device: Device
) -> None:
    deployment_id = management.deploy(device)
    said = provides(colour="red", size="1")
    for order in permutations(said.items()):
        assert given(ask(app, device, dict(order))) == deployment_id


def test_23_what_is_installed_already_is_204(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device)
    expect(204, ask(app, device, provides("app-2")))
    assert management.statistics(deployment_id) == {**ZEROS, "already-installed": 1}
    (shown,) = management.devices(deployment_id)
    assert (shown["image"]["name"], "started" in shown) == ("app-2", False)


def test_23_decision_17_without_an_artifact_for_the_type_the_installed_name_says_nothing(
    app: App, management: Management, device: Device
) -> None:
    deployment_id = management.deploy(device)
    expect(204, ask(app, device, provides("app-2", "board-z")))
    assert management.statistics(deployment_id) == {**ZEROS, "noartifact": 1}
    assert "image" not in management.devices(deployment_id)[0]


@pytest.mark.parametrize("device_type", ["Board-a", "board", "board-a ", "BOARD-A"])
def test_23_device_types_are_compared_exactly(
    app: App, management: Management, device: Device, device_type: str
) -> None:
    deployment_id = management.deploy(device)
    expect(204, ask(app, device, provides(device_type=device_type)))
    assert management.statistics(deployment_id) == {**ZEROS, "noartifact": 1}


def test_23_a_forced_installation_installs_again(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, force_installation=True)
    assert given(ask(app, device, provides("app-2"))) == deployment_id
    assert management.statistics(deployment_id) == {**ZEROS, "pending": 1}


def test_23_a_device_at_work_is_never_told_that_it_has_the_artifact(
    app: App, management: Management, device: Device
) -> None:
    deployment_id = management.deploy(device)
    expect(204, report(app, device, deployment_id, "rebooting"))
    assert given(ask(app, device, provides("app-2"))) == deployment_id
    assert management.statistics(deployment_id) == {**ZEROS, "rebooting": 1}


LARGE, MIDDLING, SMALL = (random.Random(0).randbytes(size) for size in (40_000, 20_000, 100))


def test_23_the_smallest_artifact_that_fits_wins(app: App, management: Management, device: Device) -> None:
    management.upload("app-3", payload=LARGE, colour="red")
    smallest = management.upload("app-3", payload=SMALL, colour="green")
    management.upload("app-3", payload=MIDDLING, colour="blue")
    management.upload("app-3", ["board-z"], b"")
    management.deploy(device, artifact_name="app-3")
    assert expect(200, ask(app, device)).json()["artifact"]["id"] == smallest


def test_23_decision_27_further_depends_count_once_a_device_says_more_of_itself(
    app: App, management: Management, device: Device
) -> None:
    wanted = management.upload("app-3", payload=LARGE, colour="red")
    management.upload("app-3", payload=SMALL, colour="green")
    management.upload("app-3", payload=SMALL, colour="red", shape="round")
    management.deploy(device, artifact_name="app-3")
    assert expect(200, ask(app, device, provides(colour="red"))).json()["artifact"]["id"] == wanted


def test_23_decision_27_a_device_that_says_something_else_of_itself_gets_no_artifact(
    app: App, management: Management, device: Device
) -> None:
    management.upload("app-3", colour="red")
    deployment_id = management.deploy(device, artifact_name="app-3")
    expect(204, ask(app, device, provides(colour="Red")))
    assert management.statistics(deployment_id) == {**ZEROS, "noartifact": 1}


def test_decision_16_a_device_keeps_the_artifact_that_it_was_offered(
    app: App, management: Management, device: Device
) -> None:
    large = management.upload("app-3", payload=LARGE, colour="red")
    management.deploy(device, artifact_name="app-3")
    assert expect(200, ask(app, device)).json()["artifact"]["id"] == large
    management.upload("app-3", payload=SMALL, colour="green")
    assert expect(200, ask(app, device)).json()["artifact"]["id"] == large


def test_25_deployments_are_given_in_the_order_of_creation_one_at_a_time(
    app: App, management: Management, device: Device
) -> None:
    ids = [management.deploy(device, name=f"rollout {number}") for number in range(8)]
    for deployment_id in ids:
        for word in ("downloading", "installing"):
            assert given(ask(app, device)) == deployment_id
            expect(204, report(app, device, deployment_id, word))
        expect(204, report(app, device, deployment_id, "failure"))
    expect(204, ask(app, device))


def test_25_one_poll_answers_for_one_deployment(app: App, management: Management, device: Device) -> None:
    management.upload("app-3", ["board-z"])
    unfit, installed = (management.deploy(device, artifact_name=name) for name in ("app-3", "app-2"))
    fit = management.deploy(device, force_installation=True)
    said = provides("app-2")
    expect(204, ask(app, device, said))
    assert management.statistics(unfit) == {**ZEROS, "noartifact": 1}
    assert management.statistics(installed) == {**ZEROS, "pending": 1}
    expect(204, ask(app, device, said))
    assert management.statistics(installed) == {**ZEROS, "already-installed": 1}
    assert given(ask(app, device, said)) == fit


def test_25_after_finishing_the_newer_the_older_is_not_given(app: App, management: Management, device: Device) -> None:
    older = management.deploy(device)
    newer = management.deploy(device, name="newer")
    expect(204, report(app, device, newer, "success"))
    expect(204, ask(app, device))
    assert management.statistics(older) == {**ZEROS, "pending": 1}


@pytest.mark.parametrize("kinds", [("list", "all"), ("all", "list"), ("all", "all")])
def test_25_lists_and_deployments_to_all_devices_are_one_queue(
    app: App, management: Management, device: Device, kinds: tuple[str, str]
) -> None:
    targets: dict[str, dict[str, object]] = {"list": {"devices": [device.id]}, "all": {"all_devices": True}}
    first, second = (
        management.deploy(name=f"rollout {kinds[place]} {place}", **targets[kinds[place]]) for place in (0, 1)
    )
    assert given(ask(app, device)) == first
    expect(204, report(app, device, first, "success"))
    assert given(ask(app, device)) == second
    expect(204, report(app, device, second, "success"))
    expect(204, ask(app, device))


def test_25_an_aborted_deployment_that_was_never_asked_for_stands_in_nobodys_way(
    app: App, management: Management, device: Device
) -> None:
    older = management.deploy(device)
    management.abort(management.deploy(device, name="newer"))
    assert given(ask(app, device)) == older


def test_25_devices_do_not_wait_for_each_other(app: App, management: Management) -> None:
    first, second = management.enrol(2)
    deployment_id = management.deploy(first, second)
    expect(204, report(app, first, deployment_id, "installing"))
    assert given(ask(app, second)) == given(ask(app, first)) == deployment_id
