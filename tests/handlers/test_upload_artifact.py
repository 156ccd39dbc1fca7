"""POST /artifacts (mender contract 2.1): every row of its table, and nothing left behind by a refusal."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from typing import Any

import pytest

from mender._wire_uploads import MOST_BODY_BYTES
from sluiceway.storage import keys
from sluiceway.storage.table import Query
from tests.support.app import Answer, App
from tests.support.mender_files import mender_file
from tests.support.seeds import MANAGEMENT, Workspace, expect, seed_workspace

ARTIFACTS = f"{MANAGEMENT}/artifacts"
CHOSEN = "5EC1D0C3-3F0B-4B0C-9B49-0D55E3C4B0D2"
FORM = {"content-type": "multipart/form-data; boundary=edge"}
TEN_GIBIBYTES = 10 * 1024**3
FILE = mender_file()
Parts = Sequence[tuple[str, bytes]]


def form(parts: Parts) -> bytes:
    named = (b'--edge\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (n.encode(), c) for n, c in parts)
    return b"".join(named) + b"--edge--\r\n"


def upload(app: App, workspace: Workspace, *parts: tuple[str, bytes]) -> Answer:
    return app.call("POST", ARTIFACTS, form(parts), token=workspace.token, headers=FORM)


def error_of(answer: Answer) -> str:
    content: dict[str, Any] = answer.json()
    assert content["request_id"] == answer.headers["x-men-requestid"]
    return str(content["error"])


def listed(app: App, workspace: Workspace) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = expect(200, app.call("GET", ARTIFACTS, token=workspace.token)).json()
    return shown


def assert_nothing_remains(app: App, workspace: Workspace) -> None:
    assert listed(app, workspace) == []
    assert app.service.table.query(Query(keys.releases(workspace.id))).records == ()
    assert app.objects.stored == frozenset()


def test_decision_20_an_upload_is_answered_with_where_the_artifact_is(app: App, workspace: Workspace) -> None:
    answer = upload(app, workspace, ("size", str(len(FILE)).encode()), ("description", b"new"), ("artifact", FILE))
    assert (answer.status, answer.body) == (201, b"")
    (artifact,) = listed(app, workspace)
    assert answer.headers["location"] == f"{ARTIFACTS}/{artifact['id']}"
    assert (artifact["name"], artifact["description"], artifact["size"]) == ("app-1", "new", len(FILE))


def test_02_decision_8_the_size_may_be_left_out(app: App, workspace: Workspace) -> None:
    assert upload(app, workspace, ("artifact", FILE)).status == 201


def test_names_of_parts_are_matched_in_any_case(app: App, workspace: Workspace) -> None:
    assert upload(app, workspace, ("DESCRIPTION", b"new"), ("Artifact", FILE)).status == 201
    assert listed(app, workspace)[0]["description"] == "new"


def test_02_what_comes_after_the_artifact_is_ignored(app: App, workspace: Workspace) -> None:
    after = (("size", b"1"), ("description", b"late"), ("artifact_id", b"no uuid"), ("artifact", b"no artifact"))
    assert upload(app, workspace, ("artifact", FILE), *after).status == 201
    assert listed(app, workspace)[0]["description"] == ""


def test_unknown_parts_are_skipped(app: App, workspace: Workspace) -> None:
    assert upload(app, workspace, ("colour", b"blue"), ("artifact", FILE)).status == 201


def test_a_mixed_multipart_is_taken_too(app: App, workspace: Workspace) -> None:
    mixed = {"content-type": "multipart/mixed; boundary=edge"}
    body = form([("artifact", FILE)])
    assert app.call("POST", ARTIFACTS, body, token=workspace.token, headers=mixed).status == 201


def test_the_caller_may_choose_the_id(app: App, workspace: Workspace) -> None:
    answer = upload(app, workspace, ("artifact_id", CHOSEN.encode()), ("artifact", FILE))
    assert answer.headers["location"] == f"{ARTIFACTS}/{CHOSEN.lower()}"


def test_an_id_that_is_taken_is_a_conflict(app: App, workspace: Workspace) -> None:
    upload(app, workspace, ("artifact_id", CHOSEN.encode()), ("artifact", FILE))
    other = ("artifact", mender_file("app-2"))
    assert upload(app, workspace, ("artifact_id", CHOSEN.lower().encode()), other).status == 409
    assert len(listed(app, workspace)) == len(app.objects.stored) == 1


@pytest.mark.parametrize(
    ("parts", "status", "text"),
    [
        pytest.param([], 400, "request does not contain the artifact file", id="empty form"),
        pytest.param(
            [("description", b"x")], 400, "request does not contain the artifact file", id="only a description"
        ),
        pytest.param(
            [("size", b"abc"), ("artifact", FILE)], 400, "size must be a decimal integer", id="size no number"
        ),
        pytest.param(
            [("size", b"1.5"), ("artifact", FILE)], 400, "size must be a decimal integer", id="size a fraction"
        ),
        pytest.param([("size", b""), ("artifact", FILE)], 400, "size must be a decimal integer", id="size empty"),
        pytest.param([("size", b"0"), ("artifact", FILE)], 400, "size must be a decimal integer", id="size zero"),
        pytest.param([("size", b"-1"), ("artifact", FILE)], 400, "size must be a decimal integer", id="size negative"),
        pytest.param([("size", b"1" * 21), ("artifact", FILE)], 400, "size must be a decimal", id="size of 21 digits"),
        pytest.param(
            [("size", str(TEN_GIBIBYTES + 1).encode()), ("artifact", FILE)],
            400,
            "Artifact file too large",
            id="size above the cap",
        ),
        pytest.param(
            [("size", str(TEN_GIBIBYTES).encode()), ("artifact", FILE)], 400, "unexpected end", id="size at the cap"
        ),
        pytest.param(
            [("size", str(len(FILE) + 1).encode()), ("artifact", FILE)], 400, "unexpected end", id="size one too big"
        ),
        pytest.param(
            [("size", str(len(FILE) - 1).encode()), ("artifact", FILE)],
            413,
            "Artifact file too large",
            id="size one too small",
        ),
        pytest.param(
            [("artifact_id", b"foo"), ("artifact", FILE)], 400, "artifact_id is not a valid UUID", id="id no UUID"
        ),
        pytest.param([("description", b"\xff"), ("artifact", FILE)], 400, "not UTF-8", id="description not text"),
        pytest.param(
            [("description", b"x" * 4097), ("artifact", FILE)], 400, "no more than 4096", id="description too long"
        ),
        pytest.param([("artifact", b"")], 400, "", id="empty file"),
        pytest.param([("artifact", bytes(range(256)) * 4)], 400, "", id="random bytes"),
        pytest.param([("artifact", FILE[:3_500])], 400, "", id="truncated file"),
    ],
)
def test_02_04_decision_8_a_refused_upload_says_why_and_leaves_nothing(
    app: App, workspace: Workspace, parts: Parts, status: int, text: str
) -> None:
    answer = upload(app, workspace, *parts)
    assert (answer.status, text in error_of(answer)) == (status, True)
    assert error_of(answer)
    assert_nothing_remains(app, workspace)


def middle_of(member: str) -> int:
    """Where the content of a member of FILE has its middle."""
    with tarfile.open(fileobj=io.BytesIO(FILE)) as archive:
        found = archive.getmember(member)
    return found.offset_data + found.size // 2


@pytest.mark.parametrize("member", ["version", "manifest", "header.tar.gz", "data/0000.tar.gz"])
def test_04_one_wrong_byte_is_refused(app: App, workspace: Workspace, member: str) -> None:
    damaged = bytearray(FILE)
    damaged[middle_of(member)] ^= 0xFF
    assert upload(app, workspace, ("artifact", bytes(damaged))).status == 400
    assert_nothing_remains(app, workspace)


@pytest.mark.parametrize("headers", [{"content-type": "application/json"}, {}])
def test_02_a_body_that_is_not_multipart_is_refused(app: App, workspace: Workspace, headers: dict[str, str]) -> None:
    answer = app.call("POST", ARTIFACTS, json.dumps({"artifact": "x"}), token=workspace.token, headers=headers)
    assert (answer.status, error_of(answer)) == (400, "request Content-Type isn't multipart/form-data")
    assert_nothing_remains(app, workspace)


def test_a_form_that_breaks_off_is_refused(app: App, workspace: Workspace) -> None:
    body = form([("artifact", FILE)])[:-20]
    assert app.call("POST", ARTIFACTS, body, token=workspace.token, headers=FORM).status == 400
    assert_nothing_remains(app, workspace)


def test_a_body_above_the_bound_of_an_upload_is_413_and_names_the_direct_upload(app: App, workspace: Workspace) -> None:
    body = b"x" * (MOST_BODY_BYTES + 1)
    answer = app.call("POST", ARTIFACTS, body, token=workspace.token, headers=FORM)
    assert answer.status == 413
    assert "POST /api/management/v1/deployments/artifacts/directupload" in error_of(answer)
    assert_nothing_remains(app, workspace)


def test_the_largest_body_fits_the_event_that_lambda_takes() -> None:
    encoded = -(-MOST_BODY_BYTES // 3) * 4
    assert 6 * 1024**2 - 100 * 1024 < encoded < 6 * 1024**2 - 32 * 1024


def test_05_decision_1_the_same_artifact_twice_is_a_conflict(app: App, workspace: Workspace) -> None:
    upload(app, workspace, ("artifact", FILE))
    answer = upload(app, workspace, ("artifact", FILE))
    assert (answer.status, error_of(answer)) == (409, "an artifact with the same name and depends already exists")
    assert answer.json()["metadata"] == {"conflict": {"device_type": "board-a"}}


def test_05_decision_1_overlapping_device_types_are_a_conflict_that_names_one(app: App, workspace: Workspace) -> None:
    upload(app, workspace, ("artifact", mender_file("app-1", ("board-a", "board-b"))))
    answer = upload(app, workspace, ("artifact", mender_file("app-1", ("board-b", "board-c"))))
    assert (answer.status, error_of(answer)) == (409, "an artifact with the same name and depends already exists")
    assert answer.json()["metadata"] == {"conflict": {"device_type": "board-b"}}
    assert len(listed(app, workspace)) == len(app.objects.stored) == 1


def test_05_the_same_name_for_other_device_types_lives_beside(app: App, workspace: Workspace) -> None:
    for device_type in ("board-a", "board-b"):
        assert upload(app, workspace, ("artifact", mender_file("app-1", (device_type,)))).status == 201


def test_09_an_artifact_of_one_workspace_is_none_of_another(app: App, workspace: Workspace) -> None:
    other = seed_workspace(app, "b")
    upload(app, workspace, ("artifact", FILE))
    assert listed(app, other) == []
    assert upload(app, other, ("artifact", FILE)).status == 201
