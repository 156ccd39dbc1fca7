"""The manifest: which files an artifact has, and their SHA-256 (mender contract 11.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

from sluiceway.artifacts._tar import shown
from sluiceway.domain.errors import InvalidArtifact

Checksums: TypeAlias = Mapping[str, str]
"""SHA-256 in lower-case hex by the name of the file within the artifact."""

_LINE: Final = re.compile(r"([0-9a-f]{64})  ([!-~]{1,300})", re.ASCII)
_CHECKSUM: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_PAYLOAD_FILE: Final = re.compile(r"data/[0-9]{4}/(?P<file>.*)", re.ASCII)
_FILE_NAME: Final = re.compile(r"[\w\-.,]{1,256}", re.ASCII)

MAX_MANIFEST_SIZE: Final = 512 * 1024


def parse_manifest(data: bytes, where: str) -> dict[str, str]:
    """Read the lines of a manifest.

    Raises:
        InvalidArtifact: A line is malformed, a name is repeated, or a payload file has a name that is not allowed.

    """
    checksums: dict[str, str] = {}
    for line in data.decode(errors="replace").removesuffix("\n").split("\n"):
        match = _LINE.fullmatch(line)
        if match is None:
            raise InvalidArtifact(f"{where} is malformed: a line is not a SHA-256, two spaces and a name")
        checksum, name = match.groups()
        if name in checksums:
            raise InvalidArtifact(f"{where} lists {name} twice")
        _check_payload_file(name, where)
        checksums[name] = checksum
    return checksums


def _check_payload_file(name: str, where: str) -> None:
    payload_file = _PAYLOAD_FILE.fullmatch(name)
    if payload_file:
        check_file_name(payload_file["file"], where)


def check_file_name(name: str, where: str) -> None:
    """Refuse a payload file's name outside of the allowed characters (mender contract 11.4), and those that climb."""
    if not _FILE_NAME.fullmatch(name) or name in {".", ".."}:
        raise InvalidArtifact(f"{where}: bad payload file name {shown(name)}")


def payload_files(checksums: Checksums) -> dict[str, str]:
    """The part of a manifest that lists files of payloads."""
    return {name: checksum for name, checksum in checksums.items() if _PAYLOAD_FILE.fullmatch(name)}


def check_members(checksums: Checksums, members: Checksums, where: str) -> None:
    """Compare the part of a manifest that lists members of the artifact itself with what those really hash to.

    Raises:
        InvalidArtifact: A member is not listed, a listed one does not exist, or a checksum differs.

    """
    listed = checksums.keys() - payload_files(checksums).keys()
    for name, actual in members.items():
        if name not in listed:
            raise InvalidArtifact(f"{where} does not list {name}")
        check_checksum(name, checksums[name], actual)
    if extra := listed - members.keys():
        raise InvalidArtifact(f"{where} lists {min(extra)}, which the artifact does not have")


def parse_checksum(data: bytes, where: str) -> str:
    """The one checksum that a file of format version 1 holds (mender contract 11.6)."""
    checksum = data.decode(errors="replace").strip()
    if not _CHECKSUM.fullmatch(checksum):
        raise InvalidArtifact(f"{where} is malformed: it is not a SHA-256")
    return checksum


def check_checksum(name: str, expected: str, actual: str) -> None:
    """Refuse a file whose content is not the one that was promised."""
    if actual != expected:
        raise InvalidArtifact(f"invalid checksum of {name}: expected {expected}, the content has {actual}")
