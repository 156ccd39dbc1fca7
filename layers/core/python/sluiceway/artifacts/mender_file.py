"""The `.mender` reader: one pass, bounded memory, nothing written, no size believed (mender contract 11)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from sluiceway.artifacts._compression import decompressed
from sluiceway.artifacts._document import only_members, parse_object
from sluiceway.artifacts._header import AUGMENT_LAYOUT, LAYOUTS, Header, Layout, Payload, read_header
from sluiceway.artifacts._manifest import (
    MAX_MANIFEST_SIZE,
    Checksums,
    check_checksum,
    check_file_name,
    check_members,
    parse_manifest,
    payload_files,
)
from sluiceway.artifacts._stream import Budget, CountingReader, HashingReader, MeteredReader, Reader, drain, read_up_to
from sluiceway.artifacts._tar import Member, members, shown
from sluiceway.domain.artifact_file import ArtifactFile, File, Update
from sluiceway.domain.errors import InvalidArtifact

MAX_HEADER_SIZE: Final = 10 * 1024**2
"""Bytes, unpacked (mender contract 11.8)."""

MAX_PAYLOAD_SIZE: Final = 32 * 1024**3
"""Bytes of all payloads, unpacked: room for disk images, which pack well, and an end for bombs, which pack better."""

_MAX_VERSION_SIZE: Final = 1024
_AUGMENTABLE_VERSION: Final = 3

_SUFFIX: Final = r"\.tar(\.gz|\.xz|\.zst)?"
_VERSION: Final = re.compile("version")
_MANIFEST: Final = re.compile("manifest")
_SIGNATURE: Final = re.compile(r"manifest\.sig")
_MANIFEST_AUGMENT: Final = re.compile("manifest-augment")
_HEADER: Final = re.compile("header" + _SUFFIX)
_HEADER_AUGMENT: Final = re.compile("header-augment" + _SUFFIX)
_DATA: Final = re.compile(r"data/[0-9]{4}" + _SUFFIX, re.ASCII)


def read_artifact(stream: Reader, *, max_payload_size: int = MAX_PAYLOAD_SIZE) -> ArtifactFile:
    """Read an artifact from start to end and verify every checksum in it. The signature is not verified.

    Only `stream.read(n)` is used, and an accepted file is read to the end of the stream; how long that may be is the
    caller's to bound. Memory holds a few chunks of 64 KiB, the header's documents (1 MiB of JSON before it is parsed)
    and one decompressor: up to 32 MiB for zstd and, because mender-artifact's own files demand it, 65 MiB for xz.

    Args:
        stream: The file; it need not be seekable.
        max_payload_size: How many bytes all payloads together may have, unpacked.

    Raises:
        InvalidArtifact: The file breaks a rule of the format or one of our limits; the text is the reason.

    """
    source = CountingReader(stream)
    sequence = _Sequence(members(source, "the artifact"))
    version, checksum = _read_version(sequence)
    contents = _read_v1(sequence) if version == 1 else _read_v2_or_v3(sequence, version, checksum)
    updates = _read_payloads(sequence, contents, Budget(max_payload_size, "the payload, unpacked,"))
    sequence.require_end()
    return _artifact_file(contents, version, updates, source.count)


def read_and_hash_artifact(stream: BinaryIO) -> tuple[ArtifactFile, str]:
    """Read an artifact as `read_artifact` does, and return with it the SHA-256 of the whole file, in lower-case hex."""
    source = HashingReader(stream)
    return read_artifact(source), source.hexdigest()


@dataclass(frozen=True, slots=True)
class _Contents:
    """Everything that comes before the payloads; `files` are the checksums of all their files."""

    header: Header
    signed: bool
    files: Checksums


def _artifact_file(contents: _Contents, version: int, updates: tuple[Update, ...], size: int) -> ArtifactFile:
    header = contents.header
    return ArtifactFile(
        name=header.name,
        device_types_compatible=header.device_types,
        format_version=version,
        signed=contents.signed,
        updates=updates,
        provides=header.all_provides(),
        depends=header.all_depends(),
        clears_provides=header.all_clears_provides(),
        size=size,
    )


class _Sequence:
    """The members of the artifact, taken in the one order that the format allows (mender contract 11.1)."""

    def __init__(self, archive: Iterator[Member]) -> None:
        self._archive = archive
        self._ahead: Member | None = None

    def _peek(self) -> Member | None:
        self._ahead = self._ahead or next(self._archive, None)
        return self._ahead

    def take_optional(self, pattern: re.Pattern[str]) -> Member | None:
        """The next member if it has such a name."""
        member = self._peek()
        if member is None or not pattern.fullmatch(member.name):
            return None
        self._ahead = None
        return member

    def take(self, pattern: re.Pattern[str], expected: str) -> Member:
        """The next member, which must have such a name."""
        if member := self.take_optional(pattern):
            return member
        found = self._peek()
        place = f"it is {shown(found.name)}" if found else "the artifact ends"
        raise InvalidArtifact(f"members out of order or missing: {expected} is next, but {place}")

    def require_end(self) -> None:
        """Refuse a member after the last payload."""
        member = self._peek()
        if member and _DATA.fullmatch(member.name):
            raise InvalidArtifact(f"payload count and data members differ: {member.name} belongs to no payload")
        if member:
            raise InvalidArtifact(f"members out of order: unexpected member {shown(member.name)} after the payloads")


def _read_version(sequence: _Sequence) -> tuple[int, str]:
    data, checksum = _read_small(sequence.take(_VERSION, "version"), _MAX_VERSION_SIZE)
    document = parse_object(data, "version")
    only_members(document.keys(), {"format", "version"}, "version")
    if document.get("format") != "mender":
        raise InvalidArtifact("unsupported format: version does not say mender")
    version = document.get("version")
    if type(version) is not int or version not in LAYOUTS:
        raise InvalidArtifact(f"unsupported version {shown(str(version))}: versions 1, 2 and 3 are known")
    return version, checksum


def _read_v1(sequence: _Sequence) -> _Contents:
    header, _ = _read_header(sequence, _HEADER, LAYOUTS[1])
    files = {
        f"{_folder(index)}/{name}": checksum
        for index, payload in enumerate(header.payloads)
        for name, checksum in (payload.checksums or {}).items()
    }
    return _Contents(header, signed=False, files=files)


def _read_v2_or_v3(sequence: _Sequence, version: int, version_checksum: str) -> _Contents:
    manifest = _read_manifest(sequence.take(_MANIFEST, "manifest"))
    signed = sequence.take_optional(_SIGNATURE) is not None
    augment = sequence.take_optional(_MANIFEST_AUGMENT) if version == _AUGMENTABLE_VERSION else None
    addition = _read_manifest(augment) if augment else None
    header, checksums = _read_header(sequence, _HEADER, LAYOUTS[version])
    check_members(manifest, {"version": version_checksum, **checksums}, "manifest")
    contents = _Contents(header, signed, payload_files(manifest))
    _check_files(contents)
    return contents if addition is None else _augmented(contents, sequence, addition)


def _augmented(contents: _Contents, sequence: _Sequence, manifest: Checksums) -> _Contents:
    header, checksums = _read_header(sequence, _HEADER_AUGMENT, AUGMENT_LAYOUT)
    check_members(manifest, checksums, "manifest-augment")
    files = payload_files(manifest)
    if repeated := files.keys() & contents.files.keys():
        raise InvalidArtifact(f"manifest-augment replaces {min(repeated)}")
    return _Contents(contents.header.augmented(header), contents.signed, {**contents.files, **files})


def _read_manifest(member: Member) -> Checksums:
    data, _ = _read_small(member, MAX_MANIFEST_SIZE)
    return parse_manifest(data, member.name)


def _read_small(member: Member, limit: int) -> tuple[bytes, str]:
    """The content of a member that is short by its nature, and its checksum."""
    source = HashingReader(MeteredReader(member, Budget(limit, member.name)))
    return read_up_to(source, member.size), source.hexdigest()


def _read_header(sequence: _Sequence, pattern: re.Pattern[str], layout: Layout) -> tuple[Header, dict[str, str]]:
    """A header and, under its real name, the checksum of its archive."""
    member = sequence.take(pattern, pattern.pattern.partition("\\")[0])
    source = HashingReader(member)
    archive = _unpacked(source, member.name, Budget(MAX_HEADER_SIZE, f"{member.name}, unpacked,"))
    return read_header(archive, layout, member.name), {member.name: source.hexdigest()}


def _unpacked(source: HashingReader | Member, name: str, budget: Budget) -> Iterator[Member]:
    """The members of an archive that is itself a member, compressed as its name's suffix says."""
    suffix = name.partition(".tar")[2]
    return members(MeteredReader(decompressed(source, suffix, name), budget), name)


def _check_files(contents: _Contents) -> None:
    """Compare the files that a header of format version 2 lists with the manifest's."""
    for index, payload in enumerate(contents.header.payloads):
        prefix = f"{_folder(index)}/"
        known = {name.removeprefix(prefix) for name in contents.files if name.startswith(prefix)}
        if payload.files is not None and known != set(payload.files):
            raise InvalidArtifact(f"headers/{index:04}/files and the manifest list different files")


def _read_payloads(sequence: _Sequence, contents: _Contents, budget: Budget) -> tuple[Update, ...]:
    unread = dict(contents.files)
    payloads = contents.header.payloads
    updates = tuple(_read_payload(sequence, index, payload, unread, budget) for index, payload in enumerate(payloads))
    if unread:
        raise InvalidArtifact(f"{min(unread)} is in the manifest but missing in the data")
    return updates


def _read_payload(sequence: _Sequence, index: int, payload: Payload, unread: dict[str, str], budget: Budget) -> Update:
    folder = _folder(index)
    member = sequence.take_optional(re.compile(re.escape(folder) + _SUFFIX))
    if member is None:
        raise InvalidArtifact(f"payload count and data members differ, or are out of order: {folder}.tar is not next")
    files = tuple(_read_file(file, folder, unread) for file in _unpacked(member, member.name, budget))
    if files and payload.type is None:
        raise InvalidArtifact(f"{folder} has files, but the payload has no type")
    return Update(payload.type, files, payload.metadata)


def _read_file(member: Member, folder: str, unread: dict[str, str]) -> File:
    """Verify one file, and take it off those still to be read."""
    check_file_name(member.name, folder)
    name = f"{folder}/{member.name}"
    if name not in unread:
        raise InvalidArtifact(f"{name} is in the data but not in the manifest")
    source = HashingReader(member)
    drain(source)
    check_checksum(name, unread.pop(name), source.hexdigest())
    return File(member.name, source.hexdigest(), member.size, member.modified)


def _folder(index: int) -> str:
    return f"data/{index:04}"
