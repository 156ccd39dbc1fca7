"""What the reader accepts, and what it finds in it (mender contract 11.1 to 11.7)."""

from __future__ import annotations

import gzip
import hashlib
import io
from datetime import UTC, datetime

import pytest

from sluiceway.artifacts._compression import DECOMPRESSORS
from sluiceway.artifacts.mender_file import read_artifact
from sluiceway.artifacts.mender_writer import Payload, TarMember, tar_member, write_artifact
from sluiceway.domain.artifact_file import ArtifactFile, File, Update
from tests.support.mender_files import (
    Edits,
    mender_file,
    one_byte_at_a_time,
    with_json,
    with_member,
    with_records,
    without,
)
from tests.support.packings import PACKINGS, Compression

VERSIONS = (1, 2, 3)
COMPRESSIONS: tuple[Compression, ...] = ("none", "gz", "xz", "zst")
CONTENT = b"payload\n"


def read(data: bytes) -> ArtifactFile:
    return read_artifact(io.BytesIO(data))


def expected_file(name: str, data: bytes) -> File:
    return File(name, hashlib.sha256(data).hexdigest(), len(data), datetime.fromtimestamp(0, UTC))


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_and_compression_is_read(version: int, compression: Compression) -> None:
    data = mender_file("app-1", ("a", "b"), CONTENT, compression, version)
    assert read(data) == ArtifactFile(
        name="app-1",
        device_types_compatible=("a", "b"),
        format_version=version,
        signed=False,
        updates=(Update("single-file", (expected_file("payload.bin", CONTENT),), None),),
        provides={"artifact_name": "app-1"} if version == 3 else {},
        depends={"device_type": ("a", "b")},
        clears_provides=(),
        size=len(data),
    )


def test_every_compression_that_the_reader_unpacks_is_tested() -> None:
    assert {packing.suffix for packing in PACKINGS.values() if packing.suffix} == DECOMPRESSORS.keys()


def test_a_written_artifact_is_read() -> None:
    payload = Payload(files={"app.txt": CONTENT}, metadata={"note": "hello"})
    artifact = read(write_artifact("sample-1", ["board-a"], payload))
    assert (artifact.name, artifact.device_types_compatible) == ("sample-1", ("board-a",))
    assert artifact.updates == (Update("single-file", (expected_file("app.txt", CONTENT),), {"note": "hello"}),)


def test_a_stream_that_cannot_seek_and_reads_short_is_enough() -> None:
    data = mender_file(compression="gz")
    assert read_artifact(one_byte_at_a_time(data)) == read(data)


@pytest.mark.parametrize("version", [2, 3])
def test_a_signature_is_noticed_and_not_verified(version: int) -> None:
    assert read(mender_file(version=version, signature=b"malformed")).signed


def test_header_and_data_are_each_unpacked_by_their_own_suffix() -> None:
    def unpack_data(members: list[TarMember]) -> list[TarMember]:
        return [*members[:-1], tar_member("data/0000.tar", gzip.decompress(members[-1].data))]

    mixed = read(mender_file(payload=CONTENT, compression="gz", edits=Edits(artifact=unpack_data)))
    assert mixed.updates[0].files == (expected_file("payload.bin", CONTENT),)


def test_provides_depends_and_clears_are_those_of_header_info_and_type_info() -> None:
    payload = Payload(
        type="dummy",
        provides={"key3": "value3", "rootfs-image.dummy.version": "test"},
        depends={"key1": "value1", "key2": ["x", "y"]},
        clears_provides=["rootfs-image.dummy.*"],
    )
    artifact = read(mender_file("test", ("arm1",), payloads=[payload]))
    assert artifact.provides == {"artifact_name": "test", "key3": "value3", "rootfs-image.dummy.version": "test"}
    assert artifact.depends == {"device_type": ("arm1",), "key1": "value1", "key2": ("x", "y")}
    assert artifact.clears_provides == ("rootfs-image.dummy.*",)


def test_the_group_and_the_names_of_header_info_are_kept() -> None:
    provides = {"artifact_name": "app-2", "artifact_group": "fix"}
    depends = {"device_type": ["board-a"], "artifact_name": ["app-1"], "artifact_group": ["fix", "beta"]}
    edit = with_json("header-info", artifact_provides=provides, artifact_depends=depends)
    artifact = read(mender_file(edits=Edits(header=edit)))
    assert artifact.provides == provides
    assert artifact.depends == {
        "device_type": ("board-a",),
        "artifact_name": ("app-1",),
        "artifact_group": ("fix", "beta"),
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_every_payload_has_its_update(version: int) -> None:
    payloads = [
        Payload(type="rootfs-image", files={"root.ext4": b"root"}, metadata={"a": [1, {"b": None}]}),
        Payload(type="script", files={"one.sh": b"1", "two.sh": b""}),
    ]
    assert read(mender_file(version=version, payloads=payloads)).updates == (
        Update("rootfs-image", (expected_file("root.ext4", b"root"),), {"a": [1, {"b": None}]}),
        Update("script", (expected_file("one.sh", b"1"), expected_file("two.sh", b"")), None),
    )


def test_a_bootstrap_artifact_has_one_update_without_type_and_files() -> None:
    assert read(mender_file(payloads=[Payload(type=None)])).updates == (Update(None, (), None),)


@pytest.mark.parametrize("stated", ["", None])
def test_an_empty_type_in_type_info_means_the_one_of_header_info(stated: str | None) -> None:
    edit = with_json("headers/0000/type-info", type=stated)
    assert read(mender_file(edits=Edits(header=edit))).updates[0].type == "single-file"


def test_meta_data_may_be_missing_in_version_3() -> None:
    edits = Edits(header=without("headers/0000/meta-data"))
    assert read(mender_file(edits=edits)).updates[0].metadata is None


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["scripts/ArtifactInstall_Enter_01", "scripts/ArtifactReboot_Leave_99_my-name.sh"])
def test_state_scripts_are_passed_over(version: int, name: str) -> None:
    data = mender_file(version=version, edits=Edits(header=with_member(name, b"#!/bin/sh\n", at=1)))
    assert read(data).name == "app-1"


def test_signatures_and_scripts_of_a_version_1_payload_are_passed_over() -> None:
    def edit(members: list[TarMember]) -> list[TarMember]:
        extra = ["headers/0000/signatures/payload.bin.sig", "headers/0000/scripts/ArtifactInstall_Enter_01"]
        return [*members, *(tar_member(name, b"x") for name in extra)]

    assert read(mender_file(version=1, edits=Edits(header=edit))).name == "app-1"


def test_an_augmentation_adds_files_provides_and_depends() -> None:
    augment = Payload(files={"delta.bin": b"delta"}, provides={"extra": "1"}, depends={"base": "2"})
    artifact = read(mender_file(payload=CONTENT, augment=augment))
    assert artifact.updates[0].files == (expected_file("payload.bin", CONTENT), expected_file("delta.bin", b"delta"))
    assert artifact.provides == {"artifact_name": "app-1", "extra": "1"}
    assert artifact.depends == {"device_type": ("board-a",), "base": "2"}


def test_what_several_payloads_and_an_augmentation_clear_is_listed_once() -> None:
    assert read(
        mender_file(payloads=[Payload(clears_provides=["a.*", "b.*"])], augment=Payload(clears_provides=["c.*", "a.*"]))
    ).clears_provides == ("a.*", "b.*", "c.*")


def test_an_augmentation_wins_over_the_payload_but_leaves_the_signed_meta_data() -> None:
    signed = Payload(provides={"version": "1"}, depends={"base": "1"}, metadata={"signed": True})
    augment = Payload(provides={"version": "2"}, depends={"base": ["2"]}, metadata={"signed": False})
    artifact = read(mender_file(payloads=[signed], augment=augment))
    assert (artifact.provides["version"], artifact.depends["base"]) == ("2", ("2",))
    assert artifact.updates[0].metadata == {"signed": True}


def test_the_date_of_a_file_may_have_fractions_of_a_second() -> None:
    edits = Edits(data=with_records("payload.bin", mtime="1700000000.123456789"))
    date = read(mender_file(edits=edits)).updates[0].files[0].date
    assert date == datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=UTC)


def test_a_file_name_may_be_as_long_as_256_characters() -> None:
    name = "n" * 256
    assert read(mender_file(payloads=[Payload(files={name: CONTENT})])).updates[0].files[0].name == name


def test_an_archive_may_be_padded_with_zeros() -> None:
    padded = mender_file() + bytes(20_000)
    assert read(padded).size == len(padded)
