"""A strict tar reader for streams from strangers: USTAR and PAX, plain files only, in bounded memory.

`tarfile`'s stream mode is not used: it buffers extended headers of any size, follows their overrides, reads sparse
files and takes a damaged header for the end of the archive. Only its decoder of one 512-byte header is.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from sluiceway.artifacts._stream import CHUNK_SIZE, Reader, drain, read_up_to
from sluiceway.domain.errors import InvalidArtifact

MAX_MEMBERS: Final = 1024
"""Members of one archive; genuine artifacts have tens."""

MAX_NAME_LENGTH: Final = 300
"""Characters: a file name of 256 (mender contract 1.8) and the folders that the format puts around it."""

BLOCK_SIZE: Final = 512
_ZERO_BLOCK: Final = bytes(BLOCK_SIZE)
_MAX_EXTENDED_HEADER: Final = 16 * 1024
_MAX_USTAR_SIZE: Final = 0o77777777777
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_KINDS: Final[Mapping[bytes, str]] = MappingProxyType(
    {
        tarfile.LNKTYPE: "a hard link",
        tarfile.SYMTYPE: "a symbolic link",
        tarfile.CHRTYPE: "a character device",
        tarfile.BLKTYPE: "a block device",
        tarfile.DIRTYPE: "a directory",
        tarfile.FIFOTYPE: "a named pipe",
        tarfile.GNUTYPE_LONGNAME: "a GNU long name",
        tarfile.GNUTYPE_LONGLINK: "a GNU long link",
        tarfile.GNUTYPE_SPARSE: "a sparse file",
        tarfile.XGLTYPE: "a global extended header",
    }
)
_RECORD: Final = re.compile(rb"([1-9][0-9]{0,5}) ([^=\n\0]+)=")
_SIZE: Final = re.compile(r"[0-9]{1,15}", re.ASCII)
_TIME: Final = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,18})?", re.ASCII)


@dataclass(slots=True)
class Member:
    """One file of an archive, readable until the next is asked for; `size` is the bytes that its header promises."""

    name: str
    size: int
    modified: datetime
    _source: Reader
    _left: int
    _archive: str

    def read(self, size: int, /) -> bytes:
        """Give the next bytes of the file.

        Raises:
            InvalidArtifact: The archive ends within the file.

        """
        data = self._source.read(min(size, self._left)) if self._left else b""
        if self._left and not data:
            raise _truncated(self._archive)
        self._left -= len(data)
        return data


def members(source: Reader, archive: str) -> Iterator[Member]:
    """Walk through an archive to the very end of its source; `archive` names it in refusals.

    Raises:
        InvalidArtifact: It is no tar, is cut short, holds anything but plain files, holds a name twice, has too many
            members, or goes on after its end.

    """
    seen: set[str] = set()
    while member := _next_member(source, archive):
        _admit(member.name, seen, archive)
        yield member
        drain(member)
        _read_exactly(source, -member.size % BLOCK_SIZE, archive)
    _require_end(source, archive)


def _admit(name: str, seen: set[str], archive: str) -> None:
    if name in seen:
        raise InvalidArtifact(f"{archive}: duplicate member {shown(name)}")
    if len(seen) == MAX_MEMBERS:
        raise InvalidArtifact(f"{archive}: more than {MAX_MEMBERS} members")
    seen.add(name)


def _next_member(source: Reader, archive: str) -> Member | None:
    block = _read_exactly(source, BLOCK_SIZE, archive)
    if block == _ZERO_BLOCK:
        return None
    header = _decode(block, archive)
    if header.type != tarfile.XHDTYPE:
        return _member(header, {}, source, archive)
    records = _read_records(header, source, archive)
    return _member(_decode(_read_exactly(source, BLOCK_SIZE, archive), archive), records, source, archive)


def _decode(block: bytes, archive: str) -> tarfile.TarInfo:
    try:
        header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError as error:
        raise InvalidArtifact(f"{archive} is not a tar archive or is damaged: {error}") from error
    if not block[257:].startswith(b"ustar"):
        raise InvalidArtifact(f"{archive} is not a tar archive in USTAR or PAX format")
    if header.size < 0:
        raise InvalidArtifact(f"{archive}: {shown(header.name)} has a negative size")
    return header


def _member(header: tarfile.TarInfo, records: Mapping[str, bytes], source: Reader, archive: str) -> Member:
    name = _text(records["path"], archive) if "path" in records else header.name
    if header.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
        kind = _KINDS.get(header.type, "of an unknown type")
        raise InvalidArtifact(f"{archive}: {shown(name)} is {kind}; only plain files are allowed")
    if len(name) > MAX_NAME_LENGTH or not name.isprintable():
        raise InvalidArtifact(f"{archive}: the name {shown(name)} is too long or has unprintable characters")
    size = _size(header, records, archive)
    return Member(name, size, _modified(header, records, archive), source, size, archive)


def _read_records(header: tarfile.TarInfo, source: Reader, archive: str) -> dict[str, bytes]:
    if header.size > _MAX_EXTENDED_HEADER:
        raise InvalidArtifact(f"{archive}: an extended header is larger than {_MAX_EXTENDED_HEADER} bytes")
    data = _read_exactly(source, header.size, archive)
    _read_exactly(source, -header.size % BLOCK_SIZE, archive)
    records: dict[str, bytes] = {}
    for keyword, value in _split_records(data, archive):
        if keyword in records or keyword == "hdrcharset" or keyword.startswith("GNU.sparse"):
            raise InvalidArtifact(f"{archive}: extended header record {shown(keyword)} is not allowed here")
        records[keyword] = value
    return records


def _split_records(data: bytes, archive: str) -> Iterator[tuple[str, bytes]]:
    start = 0
    while start < len(data):
        match = _RECORD.match(data, start)
        end = start + int(match[1]) if match else 0
        if match is None or data[end - 1 : end] != b"\n":
            raise InvalidArtifact(f"{archive}: malformed extended header")
        yield _text(match[2], archive), data[match.end() : end - 1]
        start = end


def _size(header: tarfile.TarInfo, records: Mapping[str, bytes], archive: str) -> int:
    """An extended header may state a size only where the plain header's field is too small for it."""
    if "size" not in records:
        return header.size
    stated = _text(records["size"], archive)
    size = int(stated) if _SIZE.fullmatch(stated) else -1
    if size == header.size or (header.size == 0 and size > _MAX_USTAR_SIZE):
        return size
    raise InvalidArtifact(f"{archive}: an extended header overrides the size of {shown(header.name)}")


def _modified(header: tarfile.TarInfo, records: Mapping[str, bytes], archive: str) -> datetime:
    stated = _text(records["mtime"], archive) if "mtime" in records else str(header.mtime)
    try:
        if _TIME.fullmatch(stated):
            return _EPOCH + timedelta(microseconds=int(Decimal(stated) * 1_000_000))
    except OverflowError:
        pass
    raise InvalidArtifact(f"{archive}: {shown(header.name)} has a modification time out of range")


def _text(value: bytes, archive: str) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise InvalidArtifact(f"{archive}: an extended header is not UTF-8") from error


def _require_end(source: Reader, archive: str) -> None:
    """Two zero blocks end an archive; writers fill the last record with more of them."""
    _require_zeros(_read_exactly(source, BLOCK_SIZE, archive), archive)
    while padding := source.read(CHUNK_SIZE):
        _require_zeros(padding, archive)


def _require_zeros(data: bytes, archive: str) -> None:
    if data.strip(b"\0"):
        raise InvalidArtifact(f"{archive}: data after the end of the archive")


def _read_exactly(source: Reader, size: int, archive: str) -> bytes:
    data = read_up_to(source, size)
    if len(data) < size:
        raise _truncated(archive)
    return data


def _truncated(archive: str) -> InvalidArtifact:
    return InvalidArtifact(f"{archive} is empty or truncated: it ends before the end of its tar archive")


def shown(name: str) -> str:
    """A stranger's name as it may stand in a message: short, printable, ASCII."""
    return ascii(name[:100])
