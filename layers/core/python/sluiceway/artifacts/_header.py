"""The header archive: what the artifact is, for whom, and what each payload is (mender contract 11.3, 11.6, 11.7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, TypeAlias

from sluiceway.artifacts._document import (
    as_depends,
    as_list,
    as_name,
    as_names,
    as_object,
    as_provides,
    only_members,
    parse_object,
)
from sluiceway.artifacts._manifest import check_file_name, parse_checksum
from sluiceway.artifacts._stream import Budget, MeteredReader, read_up_to
from sluiceway.artifacts._tar import Member, shown
from sluiceway.domain.errors import InvalidArtifact

Provides: TypeAlias = Mapping[str, str]
Depends: TypeAlias = Mapping[str, str | tuple[str, ...]]

MAX_DEVICE_TYPES: Final = 200
MAX_DOCUMENTS_SIZE: Final = 1024 * 1024
"""Bytes of all documents of one header: parsed, JSON takes more than twenty times its size."""


@dataclass(frozen=True, slots=True)
class Payload:
    """One payload as the header describes it.

    `files` is set where the header lists them (format versions 1 and 2), `checksums` where it has those too (1).
    """

    type: str | None
    metadata: Mapping[str, object] | None
    provides: Provides
    depends: Depends
    clears_provides: tuple[str, ...]
    files: tuple[str, ...] | None = None
    checksums: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """One header; `provides` and `depends` are those of header-info alone, without the payloads' own."""

    name: str
    device_types: tuple[str, ...]
    provides: Provides
    depends: Depends
    payloads: tuple[Payload, ...]

    def all_provides(self) -> dict[str, str]:
        """What the artifact provides, payloads included; no key may come twice."""
        provides = dict(self.provides)
        for payload in self.payloads:
            _check_distinct(provides, payload.provides, "provides")
            provides |= payload.provides
        return provides

    def all_depends(self) -> dict[str, str | tuple[str, ...]]:
        """What the artifact depends on, payloads included; no key may come twice."""
        depends = dict(self.depends)
        for payload in self.payloads:
            _check_distinct(depends, payload.depends, "depends")
            depends |= payload.depends
        return depends

    def all_clears_provides(self) -> tuple[str, ...]:
        """What the payloads clear, each pattern once."""
        return tuple(dict.fromkeys(pattern for payload in self.payloads for pattern in payload.clears_provides))

    def augmented(self, addition: Header) -> Header:
        """The header with the unsigned additions of a header-augment, which win over the payloads' own values.

        Meta-data stays the signed one.

        Raises:
            InvalidArtifact: The addition is for another artifact.

        """
        if _identity(addition) != _identity(self):
            raise InvalidArtifact("the header-augment is for another artifact: header-info differs")
        pairs = zip(self.payloads, addition.payloads, strict=True)
        return replace(self, payloads=tuple(_augmented_payload(payload, extra) for payload, extra in pairs))


def _identity(header: Header) -> tuple[Provides, Depends, list[str | None]]:
    return header.provides, header.depends, [payload.type for payload in header.payloads]


def _augmented_payload(payload: Payload, addition: Payload) -> Payload:
    return replace(
        payload,
        provides={**payload.provides, **addition.provides},
        depends={**payload.depends, **addition.depends},
        clears_provides=payload.clears_provides + addition.clears_provides,
    )


def _check_distinct(known: Mapping[str, object], more: Mapping[str, object], what: str) -> None:
    if repeated := known.keys() & more.keys():
        raise InvalidArtifact(f"duplicate {what} key {min(repeated)!a} in header-info and type-info")


class _Documents:
    """The documents of a header by name, each to be asked for: what nobody asked for belongs to no payload."""

    def __init__(self, documents: Mapping[str, bytes], where: str) -> None:
        self._documents = dict(documents)
        self._where = where

    def take(self, name: str) -> bytes:
        """A document that must be there."""
        if name not in self._documents:
            raise InvalidArtifact(f"{self._where} has no {name}")
        return self._documents.pop(name)

    def take_optional(self, name: str) -> bytes:
        """A document that may be missing; then it is empty."""
        return self._documents.pop(name, b"")

    def take_object(self, name: str) -> dict[str, object]:
        """A document that must be a JSON object."""
        return parse_object(self.take(name), name)

    def require_all_taken(self) -> None:
        """Refuse what is left over."""
        if self._documents:
            raise InvalidArtifact(f"{self._where}: {shown(min(self._documents))} belongs to no payload or file")


@dataclass(frozen=True, slots=True)
class Layout:
    """Which members a header archive has, which of them are passed over, and how the others are understood."""

    documents: re.Pattern[str]
    passed_over: re.Pattern[str]
    parse: Callable[[_Documents], Header]


def read_header(members: Iterable[Member], layout: Layout, where: str) -> Header:
    """Read a header archive to its end; `where` names it in refusals.

    Raises:
        InvalidArtifact: It breaks a rule of the format, or one of our limits.

    """
    documents = _Documents(_read_documents(members, layout, where), where)
    header = layout.parse(documents)
    documents.require_all_taken()
    return header


def _read_documents(members: Iterable[Member], layout: Layout, where: str) -> dict[str, bytes]:
    budget = Budget(MAX_DOCUMENTS_SIZE, f"the metadata in {where}")
    documents: dict[str, bytes] = {}
    for member in members:
        if not documents and member.name != "header-info":
            raise InvalidArtifact(f"{where}: members out of order: the first is {shown(member.name)}, not header-info")
        if layout.documents.fullmatch(member.name):
            documents[member.name] = read_up_to(MeteredReader(member, budget), member.size)
        elif not layout.passed_over.fullmatch(member.name):
            raise InvalidArtifact(f"{where}: unexpected member {shown(member.name)}")
    return documents


def _parse_v3(documents: _Documents) -> Header:
    info = documents.take_object("header-info")
    only_members(info.keys(), {"payloads", "artifact_provides", "artifact_depends"}, "header-info")
    provides = as_provides(info.get("artifact_provides"), "artifact_provides")
    only_members(provides.keys(), {"artifact_name", "artifact_group"}, "artifact_provides in header-info")
    depends = as_depends(info.get("artifact_depends"), "artifact_depends")
    only_members(depends.keys(), {"device_type", "artifact_name", "artifact_group"}, "artifact_depends in header-info")
    return Header(
        name=_artifact_name(provides.get("artifact_name")),
        device_types=_device_types(depends.get("device_type")),
        provides=provides,
        depends=depends,
        payloads=tuple(
            _payload_v3(documents, index, kind) for index, kind in enumerate(_payload_types(info.get("payloads")))
        ),
    )


def _payload_v3(documents: _Documents, index: int, kind: str | None) -> Payload:
    where = f"headers/{index:04}/type-info"
    info = documents.take_object(where)
    _check_type(info.get("type"), kind, where)
    return Payload(
        type=kind,
        metadata=_metadata(documents.take_optional(f"headers/{index:04}/meta-data"), index),
        provides=as_provides(info.get("artifact_provides"), f"artifact_provides in {where}"),
        depends=as_depends(info.get("artifact_depends"), f"artifact_depends in {where}"),
        clears_provides=as_names(info.get("clears_artifact_provides"), f"clears_artifact_provides in {where}"),
    )


def _parse_v2(documents: _Documents) -> Header:
    info = documents.take_object("header-info")
    only_members(info.keys(), {"artifact_name", "updates", "device_types_compatible"}, "header-info")
    device_types = _device_types(tuple(as_list(info.get("device_types_compatible"), "device_types_compatible")))
    return Header(
        name=_artifact_name(info.get("artifact_name")),
        device_types=device_types,
        provides={},
        depends={"device_type": device_types},
        payloads=tuple(
            _payload_v2(documents, index, kind) for index, kind in enumerate(_payload_types(info.get("updates")))
        ),
    )


def _payload_v2(documents: _Documents, index: int, kind: str | None) -> Payload:
    if kind is None:
        raise InvalidArtifact("header-info has a payload without a type")
    folder = f"headers/{index:04}"
    _check_type(documents.take_object(f"{folder}/type-info").get("type"), kind, f"{folder}/type-info")
    return Payload(
        type=kind,
        metadata=_metadata(documents.take(f"{folder}/meta-data"), index),
        provides={},
        depends={},
        clears_provides=(),
        files=_file_names(documents.take_object(f"{folder}/files"), f"{folder}/files"),
    )


def _parse_v1(documents: _Documents) -> Header:
    header = _parse_v2(documents)
    payloads = enumerate(header.payloads)
    return replace(header, payloads=tuple(_with_checksums(documents, index, payload) for index, payload in payloads))


def _with_checksums(documents: _Documents, index: int, payload: Payload) -> Payload:
    names = {name: f"headers/{index:04}/checksums/{name}.sha256sum" for name in payload.files or ()}
    return replace(
        payload, checksums={name: parse_checksum(documents.take(where), where) for name, where in names.items()}
    )


def _file_names(info: dict[str, object], where: str) -> tuple[str, ...]:
    only_members(info.keys(), {"files"}, where)
    names = as_names(info.get("files"), where)
    if len(set(names)) < len(names):
        raise InvalidArtifact(f"{where} lists a file twice")
    for name in names:
        check_file_name(name, where)
    return names


def _artifact_name(value: object) -> str:
    if not value:
        raise InvalidArtifact("header-info has no artifact name")
    return as_name(value, "the artifact name")


def _device_types(value: object) -> tuple[str, ...]:
    if not value:
        raise InvalidArtifact("header-info has no device types")
    if not isinstance(value, tuple):
        raise InvalidArtifact("device_type in header-info is not a list")
    if len(value) > MAX_DEVICE_TYPES:
        raise InvalidArtifact(f"header-info has more than {MAX_DEVICE_TYPES} device types")
    return tuple(as_name(item, "a device type") for item in value)


def _payload_types(value: object) -> tuple[str | None, ...]:
    types = tuple(_payload_type(item) for item in as_list(value, "the list of payloads"))
    if not types:
        raise InvalidArtifact("header-info has no payloads")
    return types


def _payload_type(value: object) -> str | None:
    payload = as_object(value, "a payload in header-info")
    only_members(payload.keys(), {"type"}, "a payload in header-info")
    if "type" not in payload:
        raise InvalidArtifact("header-info has a payload without a type")
    return None if payload["type"] is None else as_name(payload["type"], "a payload type")


def _check_type(stated: object, expected: str | None, where: str) -> None:
    """mender-artifact before 4.3.1 leaves the type of a rootfs-image empty here (mender contract 11.3)."""
    if stated and stated != expected:
        raise InvalidArtifact(f"type mismatch: {where} names another type than header-info")


def _metadata(data: bytes, index: int) -> dict[str, object] | None:
    if not data:
        return None
    try:
        return parse_object(data, f"headers/{index:04}/meta-data")
    except InvalidArtifact as error:
        raise InvalidArtifact(f"Metadata invalid: {error}") from error


_SCRIPT: Final = r"scripts/[A-Za-z]+_(Enter|Leave|Error)_\d{2}(_[^\s/]+)?"
_V3_DOCUMENTS: Final = re.compile(r"header-info|headers/\d{4}/(type-info|meta-data)", re.ASCII)
_NONE: Final = re.compile(r"(?!)")

LAYOUTS: Final[Mapping[int, Layout]] = MappingProxyType(
    {
        1: Layout(
            re.compile(
                r"header-info|headers/\d{4}/(files|type-info|meta-data|checksums/[^/]+\.sha256sum)",
                re.ASCII,
            ),
            re.compile(rf"(headers/\d{{4}}/)?({_SCRIPT}|signatures/[^\s/]+)", re.ASCII),
            _parse_v1,
        ),
        2: Layout(
            re.compile(r"header-info|headers/\d{4}/(files|type-info|meta-data)", re.ASCII),
            re.compile(_SCRIPT, re.ASCII),
            _parse_v2,
        ),
        3: Layout(_V3_DOCUMENTS, re.compile(_SCRIPT, re.ASCII), _parse_v3),
    }
)
"""By format version. State scripts and the signatures of version 1 are the device's business."""

AUGMENT_LAYOUT: Final = Layout(_V3_DOCUMENTS, _NONE, _parse_v3)
"""A header-augment is not signed: no scripts."""
