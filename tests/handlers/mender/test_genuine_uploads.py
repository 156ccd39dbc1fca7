"""What the genuine mender-artifact made is taken and shown as its files say (mender contract 3.1, 11.7, 16.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pytest

from tests.handlers.mender.calls import Management
from tests.support.genuine_files import CONTENT, KINDS, NAME, genuine_files
from tests.support.seeds import MANAGEMENT, expect, multipart

pytestmark = pytest.mark.genuine

SHA256 = hashlib.sha256(CONTENT).hexdigest()
MODULE: Mapping[str, object] = {
    "artifact_provides": {"artifact_name": NAME, "rootfs-image.dummy.version": NAME},
    "clears_artifact_provides": ["rootfs-image.dummy.*"],
}
ROOTFS_3: Mapping[str, object] = {
    "artifact_provides": {"artifact_name": NAME, "rootfs-image.checksum": SHA256, "rootfs-image.version": NAME},
    "clears_artifact_provides": ["artifact_group", "rootfs_image_checksum", "rootfs-image.*"],
}
BOOTSTRAP: Mapping[str, object] = {"artifact_provides": {"artifact_name": NAME}}
METADATA = {"metadata": {"k": "v", "n": 1}, "meta_data": [{"Key": "k", "Value": "v"}, {"Key": "n", "Value": 1}]}


@pytest.fixture(scope="module", name="files")
def _files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return genuine_files(tmp_path_factory.mktemp("genuine"))


def upload(management: Management, content: bytes) -> str:
    body, headers = multipart(content)
    answer = management.app.call(
        "POST", f"{MANAGEMENT}/artifacts", body, token=management.workspace.token, headers=headers
    )
    return expect(201, answer).headers["location"].rpartition("/")[2]


def provided(kind: str) -> Mapping[str, object]:
    """What the file of a kind provides and clears."""
    if "version 2" in kind:
        return {}
    return {"rootfs": ROOTFS_3, "bootstrap": BOOTSTRAP}.get(kind, MODULE)


@pytest.mark.parametrize("kind", [*KINDS, "module, zst"])
def test_01_a_genuine_artifact_is_taken_and_shown_as_its_file_says(
    management: Management, files: dict[str, bytes], kind: str
) -> None:
    artifact_id = upload(management, files[kind])
    shown = management.artifact(artifact_id)
    (update,) = shown.pop("updates")
    assert shown == {
        "id": artifact_id,
        "name": NAME,
        "description": "made by a test",
        "device_types_compatible": ["board-a"],
        "info": {"format": "mender", "version": 2 if "version 2" in kind else 3},
        "signed": "signed" in kind,
        "size": len(files[kind]),
        "modified": "2026-03-11T13:00:00.000Z",
        "artifact_depends": {"device_type": ["board-a"]},
        **provided(kind),
    }
    if kind == "bootstrap":
        assert update == {"type_info": {"type": None}, "files": None}
        return
    (file,) = update.pop("files")
    assert file.pop("date").endswith("Z")
    assert file == {"name": "payload.bin", "checksum": SHA256, "size": len(CONTENT)}
    is_rootfs = kind.startswith("rootfs")
    assert update == {
        "type_info": {"type": "rootfs-image" if is_rootfs else "dummy"},
        **({} if is_rootfs else METADATA),
    }
