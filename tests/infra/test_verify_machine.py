"""The machine that verifies direct uploads, executed: it tries again, and gives up in the open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.engine import local_engine
from tests.infra.machine import Execution, Machine, make_machine

pytestmark = pytest.mark.engine

TASKS = {
    "VerifyUpload": """
def handler(event, context):
    if event["upload_id"].startswith("broken"):
        raise RuntimeError("no bucket")
    return {"state": "completed" if event["upload_id"] == "good" else "aborted"}
""",
    "AbortUpload": """
def handler(event, context):
    if event != {"workspace": "w", "upload_id": "broken"}:
        raise RuntimeError("nobody knows what to abort")
    return {"state": "aborted"}
""",
}


@pytest.fixture(scope="module", name="machine")
def _machine() -> Iterator[Machine]:
    with local_engine(wait_scale=0.001) as engine:
        yield make_machine(engine.url, "verify_upload.asl.json", TASKS)


def verify(machine: Machine, upload_id: str) -> Execution:
    return machine.execute({"workspace": "w", "upload_id": upload_id})


@pytest.mark.parametrize(("upload_id", "state"), [("good", "completed"), ("no artifact", "aborted")])
def test_a_verified_upload_and_a_refused_one_are_both_no_failure(machine: Machine, upload_id: str, state: str) -> None:
    done = verify(machine, upload_id)
    assert (done.status, done.output) == ("SUCCEEDED", {"state": state})
    assert done.states == ["VerifyUpload", "Verified"]


def test_an_upload_that_no_try_can_verify_is_aborted_and_shows_in_the_machines_failures(machine: Machine) -> None:
    done = verify(machine, "broken")
    assert done.status == "FAILED"
    assert done.states == ["VerifyUpload", "AbortUpload", "NotVerified"]
    assert done.cause.startswith("The upload could not be verified and will be no artifact. ")
    assert "no bucket" in done.cause
    assert done.tries == 4 + 1


def test_an_upload_that_cannot_even_be_aborted_fails_where_a_redrive_aborts_it(machine: Machine) -> None:
    done = verify(machine, "broken for good")
    assert (done.status, done.states) == ("FAILED", ["VerifyUpload", "AbortUpload"])
    assert "nobody knows what to abort" in done.cause
    assert done.tries == 4 + 6
