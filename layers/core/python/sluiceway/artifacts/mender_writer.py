"""Writes valid `.mender` files of format version 3 (mender contract 11), from payloads that fit into memory.

Equal input gives equal bytes: nothing is stamped with the time of writing unless the caller says so.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """One payload: its files by name, and what its type-info and meta-data say. A bootstrap artifact's has no type."""

    type: str | None = "single-file"
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    metadata: Mapping[str, object] | None = None
    provides: Mapping[str, str] = field(default_factory=dict[str, str])
    depends: Mapping[str, str | Sequence[str]] = field(default_factory=dict[str, str | Sequence[str]])
    clears_provides: Sequence[str] = ()


class TarMember(NamedTuple):
    """One member of an archive."""

    header: tarfile.TarInfo
    data: bytes


def write_artifact(name: str, device_types: Sequence[str], payload: Payload, *, modified: int = 0) -> bytes:
    """The bytes of an unsigned artifact with one payload, whose files were modified at some epoch second."""
    header = _gzip(archive(tar_members(header_documents(name, device_types, [payload]), modified)))
    version = version_document(3)
    listed = {"version": version, "header.tar.gz": header, **payload_files(0, payload)}
    members = {
        "version": version,
        "manifest": manifest(listed),
        "header.tar.gz": header,
        "data/0000.tar.gz": _gzip(archive(tar_members(payload.files, modified))),
    }
    return archive(tar_members(members, modified))


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def version_document(version: int) -> bytes:
    """The first member of every artifact."""
    return json_document({"format": "mender", "version": version})


def manifest(files: Mapping[str, bytes]) -> bytes:
    """The lines of a manifest, sorted by name."""
    return b"".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n".encode() for name in sorted(files))


def payload_files(index: int, payload: Payload) -> dict[str, bytes]:
    """The files of a payload under the names that a manifest gives them."""
    return {f"data/{index:04}/{name}": data for name, data in payload.files.items()}


def header_documents(name: str, device_types: Sequence[str], payloads: Sequence[Payload]) -> dict[str, bytes]:
    """The members of a header archive of format version 3; a bootstrap payload must not have meta-data."""
    info = {
        "payloads": [{"type": payload.type} for payload in payloads],
        "artifact_provides": {"artifact_name": name},
        "artifact_depends": {"device_type": list(device_types)},
    }
    documents = {"header-info": json_document(info)}
    for index, payload in enumerate(payloads):
        documents[f"headers/{index:04}/type-info"] = json_document(_type_info(payload))
        if payload.type is not None:
            documents[f"headers/{index:04}/meta-data"] = metadata_document(payload)
    return documents


def _type_info(payload: Payload) -> dict[str, object]:
    optional: dict[str, object] = {
        "artifact_provides": dict(payload.provides),
        "artifact_depends": dict(payload.depends),
        "clears_artifact_provides": list(payload.clears_provides),
    }
    return {"type": payload.type, **{key: value for key, value in optional.items() if value}}


def metadata_document(payload: Payload) -> bytes:
    """The meta-data of a payload; empty when it has none."""
    return b"" if payload.metadata is None else json_document(payload.metadata)


def json_document(document: Mapping[str, object]) -> bytes:
    """JSON as the genuine writer lays it out."""
    return json.dumps(document, separators=(",", ":")).encode()


def tar_members(files: Mapping[str, bytes], modified: int = 0) -> list[TarMember]:
    """Plain files as members of an archive."""
    return [tar_member(name, data, modified) for name, data in files.items()]


def tar_member(name: str, data: bytes, modified: int = 0) -> TarMember:
    """One plain file as a member of an archive."""
    header = tarfile.TarInfo(name)
    header.size, header.mtime = len(data), modified
    return TarMember(header, data)


def archive(members: Iterable[TarMember]) -> bytes:
    """A tar archive; extended headers are written only where a member needs them."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for member in members:
            tar.addfile(member.header, io.BytesIO(member.data))
    return buffer.getvalue()
