"""The genuine mender-artifact and we understand each other's files (mender contract 11.9 and 16, point 1)."""

from __future__ import annotations

import hashlib
import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluiceway.artifacts.mender_file import read_artifact
from sluiceway.artifacts.mender_writer import Payload, write_artifact
from sluiceway.domain.artifact_file import ArtifactFile
from sluiceway.domain.errors import InvalidArtifact
from tests.support.genuine import require_program
from tests.support.genuine_files import CONTENT, KINDS, Write, genuine_files, genuine_writer
from tests.support.memory import with_memory_taken
from tests.support.mender_files import Edits, mender_file, with_changed_data
from tests.support.packings import Compression
from tests.support.soak import examples
from tests.unit.artifacts.mutations import Mutation, mutated, mutations, promises, read_or_refuse

pytestmark = pytest.mark.genuine

COMPRESSIONS: tuple[Compression, ...] = ("none", "gz", "xz")
"""Those that Debian's mender-artifact knows."""


@pytest.fixture
def tool() -> str:
    return require_program("mender-artifact")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    return genuine_writer(tmp_path)


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, ...]:
    """A file of every kind."""
    return tuple(genuine_files(tmp_path_factory.mktemp("genuine")).values())


@pytest.fixture
def accepts(tool: str, tmp_path: Path) -> Callable[[bytes], str]:
    """Let the genuine tool validate and read a file; its description is given back."""

    def run(data: bytes) -> str:
        path = tmp_path / "ours.mender"
        path.write_bytes(data)
        subprocess.run([tool, "validate", str(path)], check=True, capture_output=True)
        return subprocess.run([tool, "read", str(path)], check=True, capture_output=True, text=True).stdout

    return run


def read(path: Path) -> ArtifactFile:
    with path.open("rb") as stream:
        return read_artifact(stream)


def checksums(artifact: ArtifactFile) -> dict[str, str]:
    return {file.name: file.checksum for file in artifact.updates[0].files}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("compression", ["none", "gzip", "lzma"])
def test_01_a_module_image_is_read(write: Write, compression: str) -> None:
    options = [
        "--depends",
        "key1:value1",
        "--provides",
        "key3:value3",
        "-m",
        "meta.json",
        "-s",
        "ArtifactInstall_Enter_01",
    ]
    path = write("module-image", "test", "-T", "dummy", "-f", "payload.bin", "--compression", compression, *options)
    artifact = read(path)
    assert (artifact.name, artifact.format_version, artifact.signed) == ("test", 3, False)
    assert artifact.size == path.stat().st_size
    assert artifact.depends == {"device_type": ("board-a",), "key1": "value1"}
    assert artifact.provides == {"artifact_name": "test", "key3": "value3", "rootfs-image.dummy.version": "test"}
    assert artifact.clears_provides == ("rootfs-image.dummy.*",)
    assert (artifact.updates[0].type, artifact.updates[0].metadata) == ("dummy", {"k": "v", "n": 1})
    assert checksums(artifact) == {"payload.bin": sha256(CONTENT)}
    assert abs(artifact.updates[0].files[0].date.timestamp() - (path.parent / "payload.bin").stat().st_mtime) <= 1


@pytest.mark.parametrize("compression", ["none", "gzip", "lzma"])
@pytest.mark.parametrize("version", [2, 3])
def test_01_a_rootfs_image_is_read(write: Write, version: int, compression: str) -> None:
    options = ["--version", str(version), "--compression", compression, "-s", "ArtifactInstall_Enter_01"]
    artifact = read(write("rootfs-image", "root-1", "-f", "payload.bin", *options))
    assert (artifact.name, artifact.format_version) == ("root-1", version)
    assert artifact.updates[0].type == "rootfs-image"
    assert checksums(artifact) == {"payload.bin": sha256(CONTENT)}
    assert artifact.provides.get("rootfs-image.checksum") == (sha256(CONTENT) if version == 3 else None)


def test_01_a_bootstrap_artifact_is_read(write: Write) -> None:
    artifact = read(write("bootstrap-artifact", "boot-1"))
    assert (artifact.updates[0].type, artifact.updates[0].files) == (None, ())


@pytest.mark.parametrize("key", ["RSA 3072", "P-256"])
def test_01_a_signed_artifact_is_read(write: Write, key: str) -> None:
    assert read(write("module-image", "signed-1", "-T", "dummy", "-f", "payload.bin", "-k", f"{key}.pem")).signed


def test_an_augmented_artifact_is_read(write: Write) -> None:
    augment = ["--augment-type", "dummy", "--augment-file", "delta.bin", "--augment-provides", "extra:1"]
    artifact = read(write("module-image", "augmented-1", "-T", "dummy", "-f", "payload.bin", *augment))
    assert checksums(artifact) == {"payload.bin": sha256(CONTENT), "delta.bin": sha256(b"delta")}
    assert artifact.provides["extra"] == "1"


def test_groups_and_names_are_read(write: Write) -> None:
    options = ["-N", "app-1", "-N", "app-2", "-G", "beta", "-g", "stable"]
    artifact = read(write("module-image", "app-3", "-T", "dummy", *options))
    assert artifact.depends["artifact_name"] == ("app-1", "app-2")
    assert artifact.depends["artifact_group"] == ("beta",)
    assert artifact.provides["artifact_group"] == "stable"


def test_one_changed_byte_of_a_genuine_payload_is_refused(write: Write) -> None:
    data = bytearray(
        write("module-image", "x", "-T", "dummy", "-f", "payload.bin", "--compression", "none").read_bytes()
    )
    data[data.rindex(b"payload\n")] ^= 1
    with pytest.raises(InvalidArtifact, match=r"invalid checksum of data/0000/payload\.bin"):
        read_artifact(io.BytesIO(bytes(data)))


@settings(max_examples=examples(300), deadline=None)
@given(which=st.integers(0, len(KINDS)), changes=st.lists(mutations(), min_size=1, max_size=3))
def test_a_damaged_genuine_file_promises_the_same_or_is_refused_within_64_mb(
    originals: tuple[bytes, ...], which: int, changes: list[Mutation]
) -> None:
    damaged = mutated(originals[which], changes)
    artifact, taken = with_memory_taken(lambda: read_or_refuse(damaged))
    assert artifact is None or promises(artifact) == promises(read_artifact(io.BytesIO(originals[which])))
    assert taken < 64_000_000


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("version", [2, 3])
def test_the_genuine_tool_accepts_what_our_builder_makes(
    accepts: Callable[[bytes], str], version: int, compression: Compression
) -> None:
    kind = "rootfs-image" if version == 2 else "single-file"
    payload = Payload(type=kind, files={"payload.bin": CONTENT})
    text = accepts(mender_file("app-9", ("a", "b"), compression=compression, version=version, payloads=[payload]))
    assert "Name: app-9" in text
    assert "Compatible devices: '[a b]'" in text
    assert sha256(CONTENT) in text


def test_the_genuine_tool_accepts_a_written_artifact(accepts: Callable[[bytes], str]) -> None:
    payload = Payload(
        files={"app.txt": CONTENT},
        metadata={"k": "v"},
        provides={"app.version": "9"},
        depends={"base": ["1", "2"]},
        clears_provides=["app.*"],
    )
    text = accepts(write_artifact("app-9", ["board-a"], payload))
    assert all(word in text for word in ("app.version: 9", "base", "app.*", '"k": "v"', sha256(CONTENT)))


def test_the_genuine_tool_accepts_our_bootstrap_artifact(accepts: Callable[[bytes], str]) -> None:
    assert "Name: boot-9" in accepts(mender_file("boot-9", payloads=[Payload(type=None)]))


def test_the_genuine_tool_accepts_our_augmentation(accepts: Callable[[bytes], str]) -> None:
    augment = Payload(files={"delta.bin": b"delta"}, provides={"extra": "1"})
    text = accepts(mender_file(payload=CONTENT, augment=augment))
    assert "extra: 1" in text
    assert sha256(b"delta") in text


def test_the_genuine_tool_refuses_what_we_break(accepts: Callable[[bytes], str]) -> None:
    edits = Edits(data=with_changed_data("payload.bin", lambda data: data + b"x"))
    with pytest.raises(subprocess.CalledProcessError):
        accepts(mender_file(edits=edits))
