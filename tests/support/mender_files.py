"""Makes `.mender` files of every format version and compression, and breaks them in one place at a time.

A file is made in steps (documents and data, archives, compression, manifest, artifact); each step can be edited, and
the steps after it follow suit: a header with a broken document still has its right checksum in the manifest.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias, cast

from sluiceway.artifacts.mender_writer import (
    Payload,
    TarMember,
    archive,
    header_documents,
    json_document,
    manifest,
    metadata_document,
    payload_files,
    tar_member,
    tar_members,
    version_document,
)
from tests.support.packings import PACKINGS, Compression, Packing

Edit: TypeAlias = Callable[[list[TarMember]], list[TarMember]]
ByteEdit: TypeAlias = Callable[[bytes], bytes]


class _OneByteAtATime:
    def __init__(self, data: bytes) -> None:
        self._buffer = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        return self._buffer.read(min(size, 1))


def one_byte_at_a_time(data: bytes) -> BinaryIO:
    """A stream that can only be read, and that hands out less than was asked for."""
    return cast("BinaryIO", _OneByteAtATime(data))


def unchanged(members: list[TarMember]) -> list[TarMember]:
    return members


def unchanged_bytes(data: bytes) -> bytes:
    return data


@dataclass(frozen=True, kw_only=True)
class Edits:
    """What to change on the way. The `_tar` edits see an archive's bytes, the `_packed` ones the compressed bytes."""

    header: Edit = unchanged
    header_tar: ByteEdit = unchanged_bytes
    header_packed: ByteEdit = unchanged_bytes
    augment: Edit = unchanged
    data: Edit = unchanged
    data_tar: ByteEdit = unchanged_bytes
    data_packed: ByteEdit = unchanged_bytes
    manifest: ByteEdit = unchanged_bytes
    manifest_augment: ByteEdit = unchanged_bytes
    artifact: Edit = unchanged


def mender_file(
    name: str = "app-1",
    device_types: Sequence[str] = ("board-a",),
    payload: bytes = b"payload\n",
    compression: Compression = "gz",
    version: int = 3,
    *,
    payloads: Sequence[Payload] | None = None,
    signature: bytes | None = None,
    augment: Payload | None = None,
    edits: Edits = Edits(),
) -> bytes:
    """A `.mender` file; `payload` is the one file of its one payload unless `payloads` says more."""
    payloads = (Payload(files={"payload.bin": payload}),) if payloads is None else payloads
    builder = _Builder(name, device_types, payloads, compression, version, edits)
    members = builder.members(signature, augment)
    return archive(edits.artifact(tar_members(members)))


@dataclass(frozen=True)
class _Builder:
    name: str
    device_types: Sequence[str]
    payloads: Sequence[Payload]
    compression: Compression
    version: int
    edits: Edits

    def members(self, signature: bytes | None, augment: Payload | None) -> dict[str, bytes]:
        members = {"version": version_document(self.version)}
        header = self._header()
        if self.version > 1:
            members["manifest"] = self.edits.manifest(manifest(members | header | self._files()))
        if signature is not None:
            members["manifest.sig"] = signature
        members |= header if augment is None else self._augmentation(header, augment)
        return members | self._data(augment)

    @property
    def _packing(self) -> Packing:
        return PACKINGS[self.compression]

    @property
    def _suffix(self) -> str:
        return self._packing.suffix

    def _files(self) -> dict[str, bytes]:
        return {
            name: data
            for index, payload in enumerate(self.payloads)
            for name, data in payload_files(index, payload).items()
        }

    def _header(self) -> dict[str, bytes]:
        documents = {1: header_documents_v1, 2: header_documents_v2, 3: header_documents}[self.version]
        members = self.edits.header(tar_members(documents(self.name, self.device_types, self.payloads)))
        packed = self._packing.compress(self.edits.header_tar(archive(members)))
        return {f"header.tar{self._suffix}": self.edits.header_packed(packed)}

    def _augmentation(self, header: Mapping[str, bytes], augment: Payload) -> dict[str, bytes]:
        members = self.edits.augment(tar_members(header_documents(self.name, self.device_types, [augment])))
        addition = {f"header-augment.tar{self._suffix}": self._packing.compress(archive(members))}
        listed = self.edits.manifest_augment(manifest(addition | payload_files(0, augment)))
        return {"manifest-augment": listed, **header, **addition}

    def _data(self, augment: Payload | None) -> dict[str, bytes]:
        added = dict(augment.files) if augment else {}
        return {
            f"data/{index:04}.tar{self._suffix}": self._packed_data({**payload.files, **added})
            for index, payload in enumerate(self.payloads)
        }

    def _packed_data(self, files: Mapping[str, bytes]) -> bytes:
        data = self.edits.data_tar(archive(self.edits.data(tar_members(files))))
        return self.edits.data_packed(self._packing.compress(data))


def header_documents_v2(name: str, device_types: Sequence[str], payloads: Sequence[Payload]) -> dict[str, bytes]:
    """The members of a header archive of format version 2."""
    info = {
        "artifact_name": name,
        "updates": [{"type": payload.type} for payload in payloads],
        "device_types_compatible": list(device_types),
    }
    documents = {"header-info": json_document(info)}
    for index, payload in enumerate(payloads):
        documents[f"headers/{index:04}/files"] = json_document({"files": list(payload.files)})
        documents[f"headers/{index:04}/type-info"] = json_document({"type": payload.type})
        documents[f"headers/{index:04}/meta-data"] = metadata_document(payload)
    return documents


def header_documents_v1(name: str, device_types: Sequence[str], payloads: Sequence[Payload]) -> dict[str, bytes]:
    """The members of a header archive of format version 1: as version 2, with the files' checksums."""
    return header_documents_v2(name, device_types, payloads) | {
        f"headers/{index:04}/checksums/{file}.sha256sum": hashlib.sha256(data).hexdigest().encode()
        for index, payload in enumerate(payloads)
        for file, data in payload.files.items()
    }


def without(name: str) -> Edit:
    """Leave a member out."""
    return lambda members: [member for member in members if member.header.name != name]


def with_member(name: str, data: bytes = b"", *, at: int | None = None) -> Edit:
    """Add a member, at the end or in front of the one with the index."""

    def edit(members: list[TarMember]) -> list[TarMember]:
        place = len(members) if at is None else at
        return [*members[:place], tar_member(name, data), *members[place:]]

    return edit


def with_data(name: str, data: bytes) -> Edit:
    """Put other bytes into a member."""
    return with_changed_data(name, lambda _: data)


def with_changed_data(name: str, change: ByteEdit) -> Edit:
    """Change the bytes of a member."""
    return _each(name, lambda member: [tar_member(name, change(member.data))])


def with_json(name: str, **members: object) -> Edit:
    """Set members of a JSON document."""
    return with_changed_data(name, lambda data: json.dumps(json.loads(data) | members).encode())


def without_json(name: str, member: str) -> Edit:
    """Take a member out of a JSON document."""
    return with_changed_data(
        name, lambda data: json.dumps({key: item for key, item in json.loads(data).items() if key != member}).encode()
    )


def renamed(name: str, new_name: str) -> Edit:
    """Give a member another name."""
    return _each(name, lambda member: [tar_member(new_name, member.data)])


def twice(name: str) -> Edit:
    """Repeat a member."""
    return _each(name, lambda member: [member, member])


def reversed_order(members: list[TarMember]) -> list[TarMember]:
    """The last member first."""
    return members[::-1]


def as_type(name: str, kind: bytes, target: str = "") -> Edit:
    """Turn a member into a link, a device or another thing without content."""
    header = tarfile.TarInfo(name)
    header.type, header.linkname = kind, target
    return _each(name, lambda _: [TarMember(header, b"")])


def with_records(name: str, **records: str) -> Edit:
    """Put records into the extended header of a member."""

    def edit(member: TarMember) -> list[TarMember]:
        changed = tar_member(name, member.data)
        changed.header.pax_headers = dict(records)
        return [changed]

    return _each(name, edit)


def _each(name: str, change: Callable[[TarMember], list[TarMember]]) -> Edit:
    def edit(members: list[TarMember]) -> list[TarMember]:
        assert name in [member.header.name for member in members], f"nothing to edit: no member {name}"
        return [new for member in members for new in (change(member) if member.header.name == name else [member])]

    return edit
