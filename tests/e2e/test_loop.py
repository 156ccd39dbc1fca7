"""A deployment from the upload to the last report, on the service that all tests share."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from infra.local.simulated_device import Behaviour
from tests.e2e.operator import DEPLOYMENTS, DEVICE_DEPLOYMENTS, DEVICES, Device, Operator, artifact

pytestmark = pytest.mark.engine

TERMINAL = {"success", "failure"}
ENDS_AS = {
    Behaviour.SUCCEEDS: "success",
    Behaviour.FAILS: "failure",
    Behaviour.GOES_SILENT: "installing",
    Behaviour.REPORTS_TWICE: "success",
    Behaviour.REPORTS_LATE: "success",
    Behaviour.COMES_BACK_OLD: "success",
}
STATUSES = 13


def taking_turns(devices: Sequence[Device]) -> Iterator[tuple[Device, str]]:
    """Each device carries out one step after the other, while the others do the same."""
    at_work = {device.id: (device, device.simulated.steps()) for device in devices}
    while at_work:
        for device, steps in list(at_work.values()):
            step = next(steps, None)
            if step is None:
                del at_work[device.id]
            else:
                yield device, step


def status_after(step: str, before: str) -> str:
    """What the service shows of a device that has done a step; what is final stays."""
    return step if before not in TERMINAL and step in {"downloading", "installing", "success", "failure"} else before


def test_every_step_of_every_behaviour_is_counted_at_once(operator: Operator) -> None:
    devices = operator.enrol(*Behaviour)
    operator.upload("app")
    deployment = operator.deploy("all", "app", devices)
    expected = {device.id: "pending" for device in devices}
    assert operator.statistics(deployment) == {"pending": len(devices)}

    for device, step in taking_turns(devices):
        expected[device.id] = status_after(step, expected[device.id])
        assert operator.statistics(deployment) == Counter(expected.values())

    assert operator.statuses(deployment) == expected
    assert expected == {device.id: ENDS_AS[device.simulated.behaviour] for device in devices}


def test_a_deployment_finishes_with_the_last_report(operator: Operator) -> None:
    begun = datetime.now(UTC)
    first, second = operator.enrol(Behaviour.SUCCEEDS, Behaviour.FAILS)
    operator.upload("app")
    deployment = operator.deploy("two", "app", [first, second])
    assert operator.user.deployment(deployment)["status"] == "pending"
    first.simulated.update()
    unfinished = operator.user.deployment(deployment)
    second.simulated.update()
    finished = operator.user.deployment(deployment)

    assert (unfinished["status"], "finished" in unfinished) == ("inprogress", False)
    assert finished["status"] == "finished"
    assert begun < datetime.fromisoformat(finished["finished"]) <= datetime.now(UTC)
    assert len(finished["statistics"]["status"]) == STATUSES
    assert first.simulated.artifact_name == operator.named("app")
    assert [device.simulated.update() for device in (first, second)] == [False, False]


def test_the_log_of_a_failed_device_reads_as_text(operator: Operator) -> None:
    (device,) = operator.enrol(Behaviour.FAILS)
    operator.upload("app")
    deployment = operator.deploy("fails", "app", [device])
    path = f"{DEPLOYMENTS}/deployments/{deployment}/devices/{device.id}/log"
    before = operator.api.get(path)
    device.simulated.update()
    log = operator.get(path)

    assert before.status_code == httpx.codes.NOT_FOUND
    assert log.headers["content-type"].startswith("text/plain")
    assert log.text.endswith(" +0000 UTC error: the installed program did not start\n")
    (row,) = operator.user.devices_of(deployment)
    assert row["log"] is True


def test_an_abort_stops_who_has_begun_and_who_has_not(operator: Operator) -> None:
    """Mender contract 16.15."""
    done, installing, waiting = operator.enrol(*[Behaviour.SUCCEEDS] * 3)
    artifact_id = operator.upload("app")
    deployment = operator.deploy("aborted", "app", [done, installing, waiting])
    done.simulated.update()
    installing.poll()
    installing.report(deployment, "installing")
    in_use = operator.api.delete(f"{DEPLOYMENTS}/artifacts/{artifact_id}").status_code
    log = {"messages": [{"timestamp": "2026-03-11T13:03:17Z", "level": "info", "message": "rolled back"}]}

    assert operator.abort(deployment) == httpx.codes.NO_CONTENT
    assert operator.abort(deployment) == httpx.codes.UNPROCESSABLE_ENTITY
    assert installing.report(deployment, "success") == httpx.codes.CONFLICT
    assert waiting.report(deployment, "downloading") == httpx.codes.CONFLICT
    assert waiting.poll().status_code == httpx.codes.NO_CONTENT
    sent = installing.call("PUT", f"{DEVICE_DEPLOYMENTS}/{deployment}/log", log)
    assert sent.status_code == httpx.codes.NO_CONTENT
    assert operator.statistics(deployment) == {"success": 1, "aborted": 2}
    assert operator.statuses(deployment) == {done.id: "success", installing.id: "aborted", waiting.id: "aborted"}
    shown = operator.user.deployment(deployment)
    assert (shown["status"], "finished" in shown) == ("finished", True)
    assert in_use == httpx.codes.CONFLICT
    assert operator.api.delete(f"{DEPLOYMENTS}/artifacts/{artifact_id}").status_code == httpx.codes.NO_CONTENT


def test_a_device_in_the_middle_of_an_aborted_update_rolls_back(operator: Operator) -> None:
    (device,) = operator.enrol(Behaviour.SUCCEEDS)
    operator.upload("app")
    deployment = operator.deploy("aborted", "app", [device])
    steps = device.simulated.steps()
    begun = [next(steps) for _ in range(3)]
    operator.abort(deployment)

    assert begun == ["offered", "downloading", "downloaded"]
    assert list(steps) == ["rolled back"]
    assert device.simulated.artifact_name == "factory"
    assert device.simulated.update() is False


def test_a_download_link_needs_no_token_and_can_be_resumed(operator: Operator) -> None:
    content = artifact(operator.named("app"))
    artifact_id = operator.upload("app")
    link = operator.get(f"{DEPLOYMENTS}/artifacts/{artifact_id}/download?expire=5").json()
    get = httpx.Client(follow_redirects=True, verify=False, trust_env=False)  # noqa: S501 - the link's port is plain
    with get:
        whole = get.get(link["uri"])
        rest = get.get(link["uri"], headers={"Range": f"bytes={len(content) - 100}-"})
        unchanged = get.get(link["uri"], headers={"If-Modified-Since": format_datetime(datetime.now(UTC), usegmt=True)})
        outdated = get.get(
            link["uri"],
            headers={"If-Unmodified-Since": format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)},
        )
        refused = get.head(link["uri"]), get.put(link["uri"], content=b"other")

    assert whole.content == content
    assert whole.headers["content-type"] == "application/vnd.mender-artifact"
    assert "content-encoding" not in whole.headers
    assert (rest.status_code, rest.content) == (httpx.codes.PARTIAL_CONTENT, content[-100:])
    assert unchanged.status_code == httpx.codes.NOT_MODIFIED
    assert outdated.status_code == httpx.codes.PRECONDITION_FAILED
    assert not [answer for answer in refused if answer.is_success]
    assert timedelta(minutes=4) < datetime.fromisoformat(link["expire"]) - datetime.now(UTC) < timedelta(minutes=5)


def test_devices_are_listed_as_they_are_let_in_and_turned_away(operator: Operator) -> None:
    kept, rejected = operator.enrol(*[Behaviour.SUCCEEDS] * 2)
    both = f"id={kept.id}&id={rejected.id}"
    shown = {device["id"]: device for device in operator.get(f"{DEVICES}?{both}").json()}
    auth_set = shown[rejected.id]["auth_sets"][0]
    path = f"{DEVICES}/{rejected.id}/auth/{auth_set['id']}/status"
    operator.api.put(path, json={"status": "rejected"}).raise_for_status()
    accepted = operator.get(f"{DEVICES}?status=accepted&{both}").json()

    assert shown[kept.id]["identity_data"] == {"name": kept.simulated.name}
    assert [device["id"] for device in accepted] == [kept.id]
    assert rejected.poll().status_code == httpx.codes.UNAUTHORIZED
    assert rejected.simulated.check_in() is False
    assert kept.poll().status_code == httpx.codes.NO_CONTENT


def test_deployments_to_one_device_queue_in_the_order_of_their_creation(operator: Operator) -> None:
    """Mender contract 16.25."""
    (device,) = operator.enrol(Behaviour.SUCCEEDS)
    for name in ("app-1", "app-2"):
        operator.upload(name)
    older = operator.deploy("older", "app-1", [device])
    newer = operator.deploy("newer", "app-2", [device])

    assert [device.poll().json()["id"] for _ in range(2)] == [older, older]
    assert device.report(older, "success") == httpx.codes.NO_CONTENT
    assert device.poll(operator.named("app-1")).json()["id"] == newer
    assert device.report(newer, "success") == httpx.codes.NO_CONTENT
    assert device.poll(operator.named("app-2")).status_code == httpx.codes.NO_CONTENT


def test_who_has_finished_a_newer_deployment_is_never_given_an_older_one(operator: Operator) -> None:
    """Mender contract 16.25: reported without asking, so that the older one was still waiting."""
    (device,) = operator.enrol(Behaviour.SUCCEEDS)
    for name in ("app-1", "app-2"):
        operator.upload(name)
    older = operator.deploy("older", "app-1", [device])
    newer = operator.deploy("newer", "app-2", [device])
    device.report(newer, "success")

    assert device.poll(operator.named("app-2")).status_code == httpx.codes.NO_CONTENT
    assert operator.statuses(older) == {device.id: "pending"}


def test_what_a_device_downloads_is_what_was_uploaded(operator: Operator) -> None:
    (device,) = operator.enrol(Behaviour.SUCCEEDS)
    operator.upload("app")
    operator.deploy("download", "app", [device])
    uri = device.poll().json()["artifact"]["source"]["uri"]
    got = operator.devices.get(uri, follow_redirects=True).raise_for_status().content

    assert uri.startswith("https://127.0.0.1:")
    assert hashlib.sha256(got).digest() == hashlib.sha256(artifact(operator.named("app"))).digest()
