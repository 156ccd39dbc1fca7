"""Writes valid `.mender` files of format version 3 (mender contract 11), so that a demonstration needs no other tool.

Equal input gives equal bytes: nothing is stamped with the time of writing.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import lzma
import sys
import tarfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Compression: TypeAlias = Literal["none", "gz", "xz", "zst"]

MODIFIED: Final = 1_767_225_600
"""Modification time of every file, in epoch seconds: 2026-01-01."""

SUFFIXES: Final[Mapping[Compression, str]] = MappingProxyType({"none": "", "gz": ".gz", "xz": ".xz", "zst": ".zst"})


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


def sample_artifact(
    name: str, device_types: Sequence[str], payload: Payload, *, compression: Compression = "gz"
) -> bytes:
    """The bytes of an unsigned artifact with one payload."""
    suffix = SUFFIXES[compression]
    header = compress(archive(tar_members(header_documents(name, device_types, [payload]))), compression)
    version = version_document(3)
    listed = {"version": version, f"header.tar{suffix}": header, **payload_files(0, payload)}
    data = compress(archive(tar_members(payload.files)), compression)
    members = {
        "version": version,
        "manifest": manifest(listed),
        f"header.tar{suffix}": header,
        f"data/0000.tar{suffix}": data,
    }
    return archive(tar_members(members))


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


def tar_members(files: Mapping[str, bytes]) -> list[TarMember]:
    """Plain files as members of an archive."""
    return [tar_member(name, data) for name, data in files.items()]


def tar_member(name: str, data: bytes) -> TarMember:
    """One plain file as a member of an archive."""
    header = tarfile.TarInfo(name)
    header.size, header.mtime = len(data), MODIFIED
    return TarMember(header, data)


def archive(members: Iterable[TarMember]) -> bytes:
    """A tar archive; extended headers are written only where a member needs them."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for member in members:
            tar.addfile(member.header, io.BytesIO(member.data))
    return buffer.getvalue()


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _unchanged(data: bytes) -> bytes:
    return data


_COMPRESSORS: Final[Mapping[Compression, Callable[[bytes], bytes]]] = MappingProxyType(
    {"none": _unchanged, "gz": _gzip, "xz": lzma.compress, "zst": zstd.compress}
)


def compress(data: bytes, compression: Compression) -> bytes:
    """One compressed stream."""
    return _COMPRESSORS[compression](data)
