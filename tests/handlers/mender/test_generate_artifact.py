"""Artifacts that the service makes of a plain file (mender contract 4.1, 11.4)."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import pytest

from sluiceway.artifacts.mender_file import read_artifact
from tests.handlers.mender.calls import error_of
from tests.support.app import Answer, App
from tests.support.seeds import MANAGEMENT, Workspace, expect, upload_artifact
from tests.support.unchanged import nothing_changes

CONTENT = b"Hello, device.\n" * 100
ARGS = {"filename": "hello.txt", "dest_dir": "/opt/hello"}
FORM = {
    "name": "hello-1",
    "description": "says hello",
    "device_types_compatible": "board-a, board-b",
    "type": "single_file",
    "args": ARGS,
    "file": CONTENT,
}


def generate(app: App, workspace: Workspace, **changes: object) -> Answer:
    """Send the form with some parts changed; a part that is None is left out."""
    form = {name: value for name, value in {**FORM, **changes}.items() if value is not None}
    parts = [
        b'--edge\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), as_part(value))
        for name, value in form.items()
    ]
    headers = {"content-type": "multipart/form-data; boundary=edge"}
    body = b"".join(parts) + b"--edge--\r\n"
    return app.call("POST", f"{MANAGEMENT}/artifacts/generate", body, token=workspace.token, headers=headers)


def as_part(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value)).encode()


def generated(app: App, workspace: Workspace, **changes: object) -> dict[str, Any]:
    location = expect(201, generate(app, workspace, **changes)).headers["location"]
    shown: dict[str, Any] = expect(200, app.call("GET", location, token=workspace.token)).json()
    return shown


def test_a_file_becomes_an_artifact_that_the_single_file_module_can_install(app: App, workspace: Workspace) -> None:
    shown = generated(app, workspace)
    (update,) = shown["updates"]
    files = {file["name"]: file for file in update["files"]}
    expected = {"dest_dir": b"/opt/hello\n", "filename": b"hello.txt\n", "permissions": b"644\n", "hello.txt": CONTENT}
    assert update["type_info"] == {"type": "single-file"}
    assert {name: file["checksum"] for name, file in files.items()} == {
        name: hashlib.sha256(content).hexdigest() for name, content in expected.items()
    }
    assert files["hello.txt"]["date"] == shown["modified"] == "2026-03-11T13:00:00.000Z"
    assert (shown["name"], shown["description"]) == ("hello-1", "says hello")
    assert shown["device_types_compatible"] == ["board-a", "board-b"]
    assert (shown["info"], shown["signed"]) == ({"format": "mender", "version": 3}, False)


def test_devices_remember_the_version_as_the_genuine_writer_has_it(app: App, workspace: Workspace) -> None:
    shown = generated(app, workspace)
    assert shown["artifact_provides"] == {"artifact_name": "hello-1", "rootfs-image.single-file.version": "hello-1"}
    assert shown["clears_artifact_provides"] == ["rootfs-image.single-file.*"]


def test_the_software_may_have_names_of_its_own(app: App, workspace: Workspace) -> None:
    software = {"software_filesystem": "data", "software_name": "hello", "software_version": "7"}
    shown = generated(app, workspace, args={**ARGS, **software})
    assert shown["artifact_provides"] == {"artifact_name": "hello-1", "data.hello.version": "7"}
    assert shown["clears_artifact_provides"] == ["data.hello.*"]


def test_the_stored_bytes_are_that_artifact(app: App, workspace: Workspace) -> None:
    shown = generated(app, workspace)
    (stored,) = app.objects.stored
    content = app.objects.get(stored.key)
    assert len(content) == shown["size"]
    assert read_artifact(io.BytesIO(content)).name == "hello-1"


def test_an_empty_file_is_a_file(app: App, workspace: Workspace) -> None:
    (update,) = generated(app, workspace, file=b"", description=None)["updates"]
    assert {"name": "hello.txt", "size": 0}.items() <= update["files"][-1].items()


@pytest.mark.parametrize(
    "changes",
    [
        *({name: None} for name in ("name", "device_types_compatible", "type", "args", "file")),
        {"name": ""},
        {"name": "x" * 257},
        {"type": "rootfs-image"},
        {"device_types_compatible": "a,,b"},
        {"device_types_compatible": "x" * 257},
        {"description": "x" * 4097},
        {"args": "{"},
        {"args": "[]"},
        {"args": {"filename": "a"}},
        {"args": {"dest_dir": "/a"}},
        {"args": {**ARGS, "filename": 1}},
        {"args": {**ARGS, "filename": "permissions"}},
        {"args": {**ARGS, "dest_dir": "relative"}},
        {"args": {**ARGS, "dest_dir": "/a\nb"}},
        {"args": {**ARGS, "software_name": "x" * 257}},
    ],
)
def test_a_bad_form_is_400_and_leaves_nothing(app: App, workspace: Workspace, changes: dict[str, object]) -> None:
    with nothing_changes(app):
        assert error_of(400, generate(app, workspace, **changes)).startswith("api: invalid form parameters: ")


@pytest.mark.parametrize(
    "changes",
    [
        {"args": {**ARGS, "filename": "../x"}},
        {"args": {**ARGS, "filename": "a/b"}},
        {"name": "a\x01b"},
        {"device_types_compatible": ",".join(f"board-{number}" for number in range(201))},
    ],
)
def test_what_the_format_does_not_take_is_400_and_leaves_nothing(
    app: App, workspace: Workspace, changes: dict[str, object]
) -> None:
    with nothing_changes(app):
        assert error_of(400, generate(app, workspace, **changes)).startswith("api: invalid form parameters: ")


def test_json_is_no_form(app: App, workspace: Workspace) -> None:
    answer = app.call("POST", f"{MANAGEMENT}/artifacts/generate", FORM | {"file": ""}, token=workspace.token)
    assert error_of(400, answer) == "request Content-Type isn't multipart/form-data"


def test_an_artifact_that_is_there_already_is_422_and_nothing_is_left(app: App, workspace: Workspace) -> None:
    upload_artifact(app, workspace, "hello-1")
    with nothing_changes(app):
        assert error_of(422, generate(app, workspace)) == "Artifact not unique"
    generated(app, workspace, device_types_compatible="board-b")


def test_a_file_that_no_request_can_carry_is_413_and_names_the_way_around(app: App, workspace: Workspace) -> None:
    with nothing_changes(app):
        text = error_of(413, generate(app, workspace, file=bytes(5 * 1024**2)))
    assert "POST /api/management/v1/deployments/artifacts/directupload" in text
