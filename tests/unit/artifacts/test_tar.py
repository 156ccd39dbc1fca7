"""Headers that `tarfile` would follow, buffer or misread; made by hand, because no writer makes them."""

from __future__ import annotations

import io
import tarfile

import pytest

from sluiceway.artifacts._tar import members
from sluiceway.artifacts.mender_writer import archive, tar_member
from sluiceway.domain.errors import InvalidArtifact

END = bytes(1024)
EIGHT_GIB = 8 * 1024**3


def header(
    name: str = "file", size: bytes = b"00000000000\0", kind: bytes = b"0", mtime: bytes = b"00000000000\0"
) -> bytes:
    """One 512-byte header with its fields as given and a right checksum."""
    block = bytearray(512)
    encoded = name.encode(errors="surrogateescape")
    block[0 : len(encoded)] = encoded
    block[100:124] = b"0000644\0" + b"0000000\0" * 2
    block[124:136], block[136:148], block[156:157] = size, mtime, kind
    block[257:265] = b"ustar\x0000"
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    return bytes(block)


def octal(size: int) -> bytes:
    return f"{size:011o}\0".encode()


def extended(records: bytes) -> bytes:
    padding = bytes(-len(records) % 512)
    return header("pax", octal(len(records)), b"x") + records + padding


def record(keyword: bytes, value: bytes) -> bytes:
    body = b" " + keyword + b"=" + value + b"\n"
    length = next(length for length in range(len(body), len(body) + 9) if length == len(str(length)) + len(body))
    return str(length).encode() + body


def names(data: bytes) -> list[str]:
    return [member.name for member in members(io.BytesIO(data), "it")]


def refusal(data: bytes) -> str:
    with pytest.raises(InvalidArtifact) as refused:
        names(data)
    return str(refused.value)


def test_a_hand_made_archive_is_read() -> None:
    assert names(header("a") + header("b") + END) == ["a", "b"]


def test_what_was_not_read_of_a_member_is_skipped() -> None:
    data = archive([tar_member("a", b"x" * 700), tar_member("b", b"y")])
    walk = members(io.BytesIO(data), "it")
    assert next(walk).read(10) == b"x" * 10
    assert next(walk).read(10) == b"y"


def test_one_zero_block_is_not_an_end() -> None:
    assert "truncated" in refusal(header("a") + bytes(512))


def test_a_negative_size() -> None:
    assert refusal(header(size=b"\xff" * 12) + END) == "it: 'file' has a negative size"


def test_a_size_beyond_the_octal_field_that_the_archive_does_not_have() -> None:
    assert "truncated" in refusal(header(size=b"\x80" + b"\x00" * 4 + b"\x7f" * 7) + END)


def test_a_header_with_a_wrong_checksum() -> None:
    assert refusal(header("a") + b"\x01" + header("b")[1:] + END).startswith("it is not a tar archive or is damaged")


def test_an_extended_header_may_say_what_the_plain_one_cannot() -> None:
    size = EIGHT_GIB + 1
    walk = members(io.BytesIO(extended(record(b"size", str(size).encode())) + header()), "it")
    assert next(walk).size == size


@pytest.mark.parametrize("value", [b"0", b"3"])
def test_an_extended_header_may_repeat_the_size(value: bytes) -> None:
    content = b"abc" + bytes(509) if value == b"3" else b""
    data = extended(record(b"size", value)) + header(size=octal(int(value))) + content + END
    assert names(data) == ["file"]


@pytest.mark.parametrize("value", [b"1", b"-1", b"x", b"", b"8589934591", b"9" * 16, "\u0663".encode()])
def test_an_extended_header_that_overrides_the_size(value: bytes) -> None:
    assert refusal(extended(record(b"size", value)) + header() + END) == (
        "it: an extended header overrides the size of 'file'"
    )


def test_an_extended_header_that_doubles_a_size_the_plain_one_has() -> None:
    data = extended(record(b"size", str(EIGHT_GIB).encode())) + header(size=octal(3))
    assert "overrides the size" in refusal(data)


def test_a_name_that_is_not_utf8() -> None:
    assert refusal(header("\udcff") + END) == r"it: the name '\udcff' is too long or has unprintable characters"


@pytest.mark.parametrize(
    "keyword", [b"hdrcharset", b"GNU.sparse.map", b"GNU.sparse.major", b"GNU.sparse.size", b"GNU.sparse.realsize"]
)
def test_an_extended_header_that_changes_how_the_content_is_read(keyword: bytes) -> None:
    assert "is not allowed here" in refusal(extended(record(keyword, b"1")) + header() + END)


def test_an_extended_header_with_a_record_twice() -> None:
    assert "'path' is not allowed here" in refusal(extended(record(b"path", b"a") * 2) + header() + END)


@pytest.mark.parametrize("keyword", [b"uid", b"uname", b"atime", b"comment", b"SCHILY.xattr.user.a", b"LIBARCHIVE.x"])
def test_an_extended_header_that_does_not_concern_us(keyword: bytes) -> None:
    assert names(extended(record(keyword, b"\xff")) + header() + END) == ["file"]


@pytest.mark.parametrize(
    "records",
    [b"x", b"0 a=b\n", b"5 a=b\n", b"99 a=b\n", b"6 a=bc", b"6 a=b\n9", b"06 a=b\n", b"4 a=\n", b"99999999999 a=b\n"],
)
def test_a_malformed_extended_header(records: bytes) -> None:
    assert refusal(extended(records) + header() + END) == "it: malformed extended header"


def test_an_extended_header_that_is_not_utf8() -> None:
    assert refusal(extended(record(b"path", b"\xff")) + header() + END) == "it: an extended header is not UTF-8"


def test_an_extended_header_that_is_too_large_to_hold() -> None:
    assert refusal(header("pax", octal(EIGHT_GIB - 1), b"x")) == "it: an extended header is larger than 16384 bytes"


@pytest.mark.parametrize("follower", [extended(record(b"path", b"b")), bytes(512), header("l", kind=b"2")])
def test_an_extended_header_that_no_file_follows(follower: bytes) -> None:
    assert refusal(extended(record(b"path", b"a")) + follower + END)


@pytest.mark.parametrize("kind", [b"g", b"X", b"L", b"K", b"S", b"7", b"A", b"\xff"])
def test_a_kind_of_member_that_is_no_plain_file(kind: bytes) -> None:
    assert "only plain files are allowed" in refusal(header(size=octal(3), kind=kind) + bytes(512) + END)


@pytest.mark.parametrize("value", [b"1e9", b"inf", b"nan", b"999999999999", b"1" * 400, b""])
def test_an_extended_header_with_a_time_out_of_range(value: bytes) -> None:
    assert "modification time out of range" in refusal(extended(record(b"mtime", value)) + header() + END)


@pytest.mark.parametrize("mtime", [b"\x80" + b"\x7f" * 11, b"\x80" + b"\x00" * 6 + b"\x7f" * 5])
def test_a_header_with_a_time_out_of_range(mtime: bytes) -> None:
    assert "modification time out of range" in refusal(header(mtime=mtime) + END)


@pytest.mark.parametrize("name", ["n" * 301, "n" * 5000, "a\nb", "a\u202eb"])
def test_a_name_that_is_too_long_or_unprintable_is_not_repeated_in_full(name: str) -> None:
    text = refusal(archive([tar_member(name, b"")]))
    assert text.endswith("is too long or has unprintable characters")
    assert text.isascii()
    assert len(text) < 200


def test_pax_archives_of_the_standard_library_are_read() -> None:
    member = tar_member("n" * 200, b"data")
    member.header.uname, member.header.uid = "\u00e9" * 40, 2**40
    data = archive([member])
    assert tarfile.open(fileobj=io.BytesIO(data)).getnames() == names(data)  # noqa: SIM115 - in memory
