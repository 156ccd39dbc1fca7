"""What the reader refuses, and with which reason (mender contract 11.8); each file is broken in exactly one place."""

from __future__ import annotations

import io
import lzma
import tarfile
from collections.abc import Mapping

import pytest
from backports import zstd

from sluiceway.artifacts import _header, _tar
from sluiceway.artifacts import mender_file as reader
from sluiceway.artifacts.mender_file import read_artifact
from sluiceway.artifacts.mender_writer import Payload, TarMember, tar_member
from sluiceway.domain.errors import InvalidArtifact
from tests.support.mender_files import (
    Edit,
    Edits,
    as_type,
    mender_file,
    renamed,
    reversed_order,
    twice,
    with_changed_data,
    with_data,
    with_json,
    with_member,
    with_records,
    without,
    without_json,
)
from tests.support.packings import Compression

HEADER_INFO = "header-info"
TYPE_INFO = "headers/0000/type-info"
META_DATA = "headers/0000/meta-data"
CHECKSUM = "headers/0000/checksums/payload.bin.sha256sum"
PACKED: tuple[Compression, ...] = ("gz", "xz", "zst")


def reason(data: bytes) -> str:
    with pytest.raises(InvalidArtifact) as refusal:
        read_artifact(io.BytesIO(data))
    return str(refusal.value)


def flip_last_byte(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def test_an_empty_file() -> None:
    assert reason(b"") == "the artifact is empty or truncated: it ends before the end of its tar archive"


def test_something_else_than_a_tar() -> None:
    assert reason(b"no artifact " * 1000).startswith("the artifact is not a tar archive")


def test_a_tar_of_another_time() -> None:
    header = tarfile.TarInfo("version").tobuf(tarfile.USTAR_FORMAT).replace(b"ustar", bytes(5))
    without_magic = bytearray(header)
    without_magic[148:156] = b" " * 8
    without_magic[148:156] = f"{sum(without_magic):06o}\0 ".encode()
    assert reason(bytes(without_magic)) == "the artifact is not a tar archive in USTAR or PAX format"


@pytest.mark.parametrize("version", [1, 2, 3])
@pytest.mark.parametrize("compression", ["none", *PACKED])
def test_a_file_that_ends_early_anywhere(version: int, compression: Compression) -> None:
    data = mender_file(version=version, compression=compression).rstrip(b"\0")
    for end in range(0, len(data) + 512, 101):
        assert "truncated" in reason((data + bytes(512))[:end])


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (without("version"), "members out of order or missing: version is next, but it is 'manifest'"),
        (reversed_order, "members out of order or missing: version is next, but it is 'data/0000.tar.gz'"),
        (lambda _: [], "members out of order or missing: version is next, but the artifact ends"),
        (without("manifest"), "members out of order or missing: manifest is next, but it is 'header.tar.gz'"),
        (without("header.tar.gz"), "members out of order or missing: header is next, but it is 'data/0000.tar.gz'"),
        (without("data/0000.tar.gz"), "payload count and data members differ"),
        (twice("version"), "the artifact: duplicate member 'version'"),
        (twice("data/0000.tar.gz"), "the artifact: duplicate member 'data/0000.tar.gz'"),
        (renamed("data/0000.tar.gz", "data/0001.tar.gz"), "payload count and data members differ"),
        (renamed("data/0000.tar.gz", "data/../0000.tar.gz"), "payload count and data members differ"),
        (with_member("data/0001.tar.gz"), "payload count and data members differ: data/0001.tar.gz belongs to no"),
        (with_member("extra"), "members out of order: unexpected member 'extra' after the payloads"),
        (with_member("manifest.sig"), "members out of order: unexpected member 'manifest.sig' after the payloads"),
        (with_member("header-augment.tar.gz", at=3), "payload count and data members differ, or are out of order"),
        (renamed("header.tar.gz", "header.tar.bz2"), "header is next, but it is 'header.tar.bz2'"),
        (as_type("version", tarfile.SYMTYPE, "/etc/passwd"), "'version' is a symbolic link; only plain files"),
        (with_data("version", b""), "version is not valid JSON"),
        (with_data("version", b"[]"), "version is not a JSON object"),
        (with_data("version", b" " * 1025), "version exceeds the limit of 1024 bytes"),
        (with_json("version", version=4), "unsupported version '4'"),
        (with_json("version", version=True), "unsupported version 'True'"),
        (with_json("version", version="3"), "unsupported version"),
        (without_json("version", "version"), "unsupported version"),
        (with_json("version", format="other"), "unsupported format"),
        (with_json("version", extra=1), "version has the unknown member 'extra'"),
        (with_changed_data("version", lambda data: data + b" "), "invalid checksum of version: expected"),
        (with_changed_data("header.tar.gz", flip_last_byte), "header.tar.gz: compressed stream broken"),
    ],
)
def test_the_outer_archive(edit: Edit, expected: str) -> None:
    text = reason(mender_file(edits=Edits(artifact=edit)))
    assert expected in text


def test_a_manifest_in_version_1() -> None:
    assert "header is next, but it is 'manifest'" in reason(
        mender_file(version=1, edits=Edits(artifact=with_member("manifest", at=1)))
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"  ", b" ", "manifest is malformed"),
        (b"\n", b"\r\n", "manifest is malformed"),
        (b"\n", b"\n\n", "manifest is malformed"),
        (b"version\n", b"version\n" + b"0" * 64 + b"  version\n", "manifest lists version twice"),
        (b"version\n", b"version\n" + b"0" * 64 + b"  extra\n", "manifest lists extra, which the artifact does not"),
        (
            b"version\n",
            b"version\n" + b"0" * 64 + b"  data/0000/more\n",
            "data/0000/more is in the manifest but missing",
        ),
        (b"version\n", b"version\n" + b"0" * 64 + b"  data/0000/../more\n", "bad payload file name '../more'"),
        (b"version\n", b"version\n" + b"0" * 64 + b"  data/0000/..\n", "bad payload file name '..'"),
        (b"  version", b"  other", "manifest does not list version"),
        (b"  header.tar.gz", b"  header.tar", "manifest does not list header.tar.gz"),
        (b"  data/0000/payload.bin", b"  data/0000/other", "payload.bin is in the data but not in the manifest"),
        (b"a", b"A", "manifest is malformed"),
    ],
)
def test_the_manifest(old: bytes, new: bytes, expected: str) -> None:
    edits = Edits(manifest=lambda text: text.replace(old, new))
    assert expected in reason(mender_file(edits=edits))


def test_an_empty_manifest() -> None:
    assert "manifest is malformed" in reason(mender_file(edits=Edits(manifest=lambda _: b"")))


def test_a_manifest_larger_than_its_limit() -> None:
    edits = Edits(manifest=lambda _: b"x" * (512 * 1024 + 1))
    assert reason(mender_file(edits=edits)) == "manifest exceeds the limit of 524288 bytes"


@pytest.mark.parametrize("name", ["version", "header.tar.gz", "data/0000/payload.bin"])
def test_a_checksum_in_the_manifest_that_the_content_does_not_have(name: str) -> None:
    def edit(text: bytes) -> bytes:
        lines = text.decode().splitlines()
        return "".join(
            f"{'0' * 64}  {name}\n" if line.endswith(f"  {name}") else f"{line}\n" for line in lines
        ).encode()

    assert f"invalid checksum of {name}: expected {'0' * 64}" in reason(mender_file(edits=Edits(manifest=edit)))


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_payload_file_with_other_content(version: int) -> None:
    edits = Edits(data=with_data("payload.bin", b"poison"))
    assert reason(mender_file(version=version, edits=edits)).startswith("invalid checksum of data/0000/payload.bin")


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda _: [], "header.tar.gz has no header-info"),
        (without(HEADER_INFO), "members out of order: the first is 'headers/0000/type-info'"),
        (without(TYPE_INFO), "header.tar.gz has no headers/0000/type-info"),
        (reversed_order, "members out of order"),
        (twice(HEADER_INFO), "duplicate member 'header-info'"),
        (with_member("extra"), "unexpected member 'extra'"),
        (with_member("headers/0000/files", b'{"files":[]}'), "unexpected member 'headers/0000/files'"),
        (with_member("headers/0001/type-info", b"{}"), "'headers/0001/type-info' belongs to no payload"),
        (with_member("../header-info"), "unexpected member '../header-info'"),
        (with_member("scripts/../../x_Enter_01"), "unexpected member"),
        (with_member("scripts/ArtifactInstall_Enter_01_../x"), "unexpected member"),
        (as_type(META_DATA, tarfile.LNKTYPE, "/etc/passwd"), "is a hard link; only plain files"),
        (as_type(META_DATA, tarfile.CHRTYPE), "is a character device"),
        (as_type(META_DATA, tarfile.DIRTYPE), "is a directory"),
        (with_json(HEADER_INFO, extra=1), "header-info has the unknown member 'extra'"),
        (with_json(HEADER_INFO, payloads=[]), "header-info has no payloads"),
        (without_json(HEADER_INFO, "payloads"), "header-info has no payloads"),
        (with_json(HEADER_INFO, payloads={}), "the list of payloads is not a list"),
        (with_json(HEADER_INFO, payloads=[{}]), "header-info has a payload without a type"),
        (with_json(HEADER_INFO, payloads=[{"type": ""}]), "a payload type is empty"),
        (with_json(HEADER_INFO, payloads=[{"type": 1}]), "a payload type is not a string"),
        (
            with_json(HEADER_INFO, payloads=[{"type": "x", "y": 1}]),
            "a payload in header-info has the unknown member 'y'",
        ),
        (with_json(HEADER_INFO, payloads=[{"type": None}]), "type mismatch"),
        (with_json(HEADER_INFO, payloads=["x"]), "a payload in header-info is not an object"),
        (with_json(HEADER_INFO, artifact_provides={}), "header-info has no artifact name"),
        (without_json(HEADER_INFO, "artifact_provides"), "header-info has no artifact name"),
        (with_json(HEADER_INFO, artifact_provides={"artifact_name": ""}), "header-info has no artifact name"),
        (
            with_json(HEADER_INFO, artifact_provides={"artifact_name": 1}),
            "artifact_provides artifact_name is not a string",
        ),
        (with_json(HEADER_INFO, artifact_provides={"artifact_name": "n" * 257}), "is longer than 256 characters"),
        (with_json(HEADER_INFO, artifact_provides={"artifact_name": "a\nb"}), "has unprintable characters"),
        (with_json(HEADER_INFO, artifact_provides={"artifact_name": "a", "b": "c"}), "unknown member 'b'"),
        (with_json(HEADER_INFO, artifact_depends={}), "header-info has no device types"),
        (with_json(HEADER_INFO, artifact_depends={"device_type": []}), "artifact_depends device_type is an empty list"),
        (with_json(HEADER_INFO, artifact_depends={"device_type": "a"}), "device_type in header-info is not a list"),
        (with_json(HEADER_INFO, artifact_depends={"device_type": [""]}), "device_type is empty"),
        (with_json(HEADER_INFO, artifact_depends={"device_type": ["a"], "b": "c"}), "unknown member 'b'"),
        (with_json(HEADER_INFO, artifact_depends=[]), "artifact_depends is not an object"),
        (with_json(TYPE_INFO, type="other"), "type mismatch: headers/0000/type-info names another type"),
        (with_json(TYPE_INFO, type=1), "type mismatch"),
        (with_json(TYPE_INFO, artifact_provides={"artifact_name": "x"}), "duplicate provides key 'artifact_name'"),
        (with_json(TYPE_INFO, artifact_depends={"device_type": "x"}), "duplicate depends key 'device_type'"),
        (with_json(TYPE_INFO, artifact_provides={"k": 1}), "is not a string"),
        (
            with_json(TYPE_INFO, artifact_provides={"": "v"}),
            "a key of artifact_provides in headers/0000/type-info is empty",
        ),
        (with_json(TYPE_INFO, artifact_provides={"k" * 257: "v"}), "is longer than 256 characters"),
        (with_json(TYPE_INFO, artifact_depends={"k": {}}), "is not a string"),
        (with_json(TYPE_INFO, artifact_depends={"k": []}), "is an empty list"),
        (with_json(TYPE_INFO, artifact_depends={"k": ["v\x00"]}), "has unprintable characters"),
        (with_json(TYPE_INFO, clears_artifact_provides="x"), "is not a list"),
        (with_json(TYPE_INFO, clears_artifact_provides=["x" * 257]), "is longer than 256 characters"),
        (with_data(TYPE_INFO, b'{"type":"single-file","type":"x"}'), "not valid JSON: a member is repeated"),
        (with_data(META_DATA, b"[]"), "Metadata invalid: headers/0000/meta-data is not a JSON object"),
        (with_data(META_DATA, b"null"), "Metadata invalid"),
        (with_data(META_DATA, b"{"), "Metadata invalid: headers/0000/meta-data is not valid JSON"),
        (with_data(META_DATA, b'{"a":"\xff"}'), "is not valid JSON: not UTF-8"),
        (with_data(META_DATA, b'{"a":"\\ud800"}'), "is not valid JSON"),
        (with_data(META_DATA, b'{"a":NaN}'), "is not valid JSON: NaN is not JSON"),
        (with_data(META_DATA, b'{"a":1e999}'), "is not valid JSON"),
        (with_data(META_DATA, b'{"a":' + b"9" * 5000 + b"}"), "is not valid JSON"),
        (with_data(META_DATA, b'{"a":' + b"[" * 100_000), "is not valid JSON"),
        (with_data(META_DATA, b" " * 1024**2), "the metadata in header.tar.gz exceeds the limit of 1048576 bytes"),
    ],
)
def test_the_header_of_version_3(edit: Edit, expected: str) -> None:
    assert expected in reason(mender_file(edits=Edits(header=edit)))


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (with_json(HEADER_INFO, payloads=[]), "header-info has the unknown member 'payloads'"),
        (with_json(HEADER_INFO, updates=[]), "header-info has no payloads"),
        (with_json(HEADER_INFO, updates=[{"type": None}]), "header-info has a payload without a type"),
        (without_json(HEADER_INFO, "artifact_name"), "header-info has no artifact name"),
        (with_json(HEADER_INFO, artifact_name=7), "the artifact name is not a string"),
        (without_json(HEADER_INFO, "device_types_compatible"), "header-info has no device types"),
        (with_json(HEADER_INFO, device_types_compatible="a"), "device_types_compatible is not a list"),
        (with_json(TYPE_INFO, type="other"), "type mismatch"),
        (without("headers/0000/files"), "header.tar.gz has no headers/0000/files"),
        (without(META_DATA), "header.tar.gz has no headers/0000/meta-data"),
        (with_json("headers/0000/files", files=["payload.bin", "payload.bin"]), "lists a file twice"),
        (with_json("headers/0000/files", files=["../x"]), "bad payload file name '../x'"),
        (with_json("headers/0000/files", extra=1), "headers/0000/files has the unknown member 'extra'"),
    ],
)
def test_the_header_of_versions_1_and_2(version: int, edit: Edit, expected: str) -> None:
    assert expected in reason(mender_file(version=version, edits=Edits(header=edit)))


@pytest.mark.parametrize("files", [[], ["payload.bin", "more"]])
def test_files_of_version_2_that_the_manifest_does_not_list(files: list[str]) -> None:
    edits = Edits(header=with_json("headers/0000/files", files=files))
    assert "headers/0000/files and the manifest list different files" in reason(mender_file(version=2, edits=edits))


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (without(CHECKSUM), f"header.tar.gz has no {CHECKSUM}"),
        (with_data(CHECKSUM, b"0" * 64), "invalid checksum of data/0000/payload.bin"),
        (with_data(CHECKSUM, b"short"), f"{CHECKSUM} is malformed"),
        (with_member("headers/0000/checksums/more.sha256sum"), "belongs to no payload or file"),
    ],
)
def test_the_checksums_of_version_1(edit: Edit, expected: str) -> None:
    assert expected in reason(mender_file(version=1, edits=Edits(header=edit)))


def test_more_device_types_than_the_limit() -> None:
    types = [f"board-{number}" for number in range(201)]
    assert reason(mender_file(device_types=types)) == "header-info has more than 200 device types"
    assert len(read_artifact(io.BytesIO(mender_file(device_types=types[:200]))).device_types_compatible) == 200


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda _: [], "data/0000/payload.bin is in the manifest but missing in the data"),
        (twice("payload.bin"), "data/0000.tar.gz: duplicate member 'payload.bin'"),
        (with_member("more"), "data/0000/more is in the data but not in the manifest"),
        (with_member("../more"), "bad payload file name '../more'"),
        (with_member("/etc/passwd"), "bad payload file name '/etc/passwd'"),
        (with_member(".."), "bad payload file name '..'"),
        (with_member("sp ace"), "bad payload file name 'sp ace'"),
        (with_member("n" * 257), "bad payload file name"),
        (with_member("\u00e9"), "bad payload file name '\\xe9'"),
        (as_type("payload.bin", tarfile.SYMTYPE, "/etc/passwd"), "is a symbolic link"),
        (as_type("payload.bin", tarfile.LNKTYPE, "payload.bin"), "is a hard link"),
        (as_type("payload.bin", tarfile.BLKTYPE), "is a block device"),
        (as_type("payload.bin", tarfile.FIFOTYPE), "is a named pipe"),
        (as_type("payload.bin", tarfile.CONTTYPE), "is of an unknown type"),
        (as_type("payload.bin", tarfile.GNUTYPE_SPARSE), "is a sparse file"),
        (as_type("payload.bin", tarfile.GNUTYPE_LONGNAME), "is a GNU long name"),
        (as_type("payload.bin", tarfile.XGLTYPE), "is a global extended header"),
    ],
)
def test_the_data(edit: Edit, expected: str) -> None:
    assert expected in reason(mender_file(edits=Edits(data=edit)))


def test_a_bootstrap_artifact_with_files() -> None:
    data = mender_file(payloads=[Payload(type=None, files={"f": b"x"})])
    assert reason(data) == "data/0000 has files, but the payload has no type"


@pytest.mark.parametrize("augment_header", [renamed(HEADER_INFO, "header-info2"), with_member("scripts/Idle_Enter_01")])
def test_an_augmentation_with_other_members(augment_header: Edit) -> None:
    text = reason(mender_file(augment=Payload(), edits=Edits(augment=augment_header)))
    assert "header-info" in text or "unexpected member" in text


@pytest.mark.parametrize(
    "change",
    [
        {"artifact_provides": {"artifact_name": "other"}},
        {"artifact_depends": {"device_type": ["other"]}},
        {"payloads": [{"type": "single-file"}, {"type": "single-file"}]},
    ],
)
def test_an_augmentation_for_another_artifact(change: Mapping[str, object]) -> None:
    def edit(members: list[TarMember]) -> list[TarMember]:
        extra = tar_member("headers/0001/type-info", b'{"type":"single-file"}')
        edited = with_json(HEADER_INFO, **change)(members)
        return [*edited, extra] if "payloads" in change else edited

    text = reason(mender_file(augment=Payload(), edits=Edits(augment=edit)))
    assert text == "the header-augment is for another artifact: header-info differs"


def test_an_augmentation_that_replaces_a_file() -> None:
    data = mender_file(augment=Payload(files={"payload.bin": b"other"}))
    assert reason(data) == "manifest-augment replaces data/0000/payload.bin"


def test_an_augmentation_with_a_wrong_checksum() -> None:
    edits = Edits(manifest_augment=lambda text: b"0" * 64 + text[64:])
    assert reason(mender_file(augment=Payload(), edits=edits)).startswith("invalid checksum of header-augment.tar.gz")


@pytest.mark.parametrize("missing", ["manifest-augment", "header-augment.tar.gz"])
def test_half_an_augmentation(missing: str) -> None:
    text = reason(mender_file(augment=Payload(), edits=Edits(artifact=without(missing))))
    assert "out of order" in text


def test_an_augmentation_in_version_2() -> None:
    edits = Edits(artifact=with_member("manifest-augment", at=2))
    assert "header is next, but it is 'manifest-augment'" in reason(mender_file(version=2, edits=edits))


@pytest.mark.parametrize("compression", PACKED)
@pytest.mark.parametrize("part", ["header_packed", "data_packed"])
def test_a_compressed_stream_that_ends_early(compression: Compression, part: str) -> None:
    edits = Edits(**{part: lambda packed: packed[:-3]})
    assert reason(mender_file(compression=compression, edits=edits)).endswith("compressed stream broken: it ends early")


@pytest.mark.parametrize("compression", PACKED)
@pytest.mark.parametrize("part", ["header_packed", "data_packed"])
def test_a_second_compressed_stream_after_the_first(compression: Compression, part: str) -> None:
    edits = Edits(**{part: lambda packed: packed + packed})
    assert reason(mender_file(compression=compression, edits=edits)).endswith(
        "data after the end of the compressed stream"
    )


@pytest.mark.parametrize("compression", PACKED)
def test_something_else_under_the_suffix_of_a_compression(compression: Compression) -> None:
    edits = Edits(data_packed=lambda _: b"not compressed" * 100)
    assert "compressed stream broken" in reason(mender_file(compression=compression, edits=edits))


def test_an_archive_that_goes_on_after_its_end() -> None:
    assert reason(mender_file() + b"x") == "the artifact: data after the end of the archive"
    edits = Edits(header_tar=lambda tar: tar + b"x")
    assert reason(mender_file(edits=edits)) == "header.tar.gz: data after the end of the archive"


def test_a_header_that_unpacks_to_more_than_10_mib() -> None:
    edits = Edits(header=with_member("scripts/ArtifactInstall_Enter_01", bytes(10 * 1024**2)))
    assert reason(mender_file(edits=edits)) == "header.tar.gz, unpacked, exceeds the limit of 10485760 bytes"


def test_payloads_that_unpack_to_more_than_the_limit() -> None:
    payloads = [Payload(files={"f": bytes(50_000)}), Payload(files={"f": bytes(50_000)})]
    stream = io.BytesIO(mender_file(payloads=payloads))
    with pytest.raises(InvalidArtifact, match="the payload, unpacked, exceeds the limit of 100000 bytes"):
        read_artifact(stream, max_payload_size=100_000)


def test_more_members_than_an_archive_may_have() -> None:
    def edit(members: list[TarMember]) -> list[TarMember]:
        return [*members, *(tar_member(f"scripts/X_Enter_01_{number}", b"") for number in range(_tar.MAX_MEMBERS))]

    assert "more than 1024 members" in reason(mender_file(edits=Edits(header=edit)))


@pytest.mark.parametrize(("preset", "dictionary"), [(9, 128 * 1024**2), (9, 1024**3)])
def test_an_xz_dictionary_that_takes_too_much_memory(preset: int, dictionary: int) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": preset, "dict_size": dictionary}]
    edits = Edits(data_packed=lambda packed: _repacked_xz(lzma.decompress(packed), filters))
    assert "Memory usage limit exceeded" in reason(mender_file(compression="xz", edits=edits))


def _repacked_xz(data: bytes, filters: list[dict[str, int]]) -> bytes:
    return lzma.compress(data, filters=filters)


def test_a_zstd_window_that_takes_too_much_memory() -> None:
    options: dict[int, int] = {zstd.CompressionParameter.window_log: 26}

    def repack(packed: bytes) -> bytes:
        compressor = zstd.ZstdCompressor(options=options)
        return compressor.compress(zstd.decompress(packed)) + compressor.flush()

    assert "too much memory" in reason(mender_file(compression="zst", edits=Edits(data_packed=repack)))


def test_limits_are_those_of_the_contract() -> None:
    assert (reader.MAX_HEADER_SIZE, _header.MAX_DEVICE_TYPES) == (10 * 1024**2, 200)


def test_extended_header_records_that_change_the_meaning() -> None:
    for record in ("GNU.sparse.major", "hdrcharset", "size"):
        edits = Edits(data=with_records("payload.bin", **{record: "1"}))
        assert "extended header" in reason(mender_file(edits=edits))
