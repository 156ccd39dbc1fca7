"""Artifacts of every kind that the genuine mender-artifact makes (mender contract 11.9, 16.1)."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import subprocess
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sluiceway.artifacts.mender_writer import archive, tar_members
from tests.support.device_keys import shared_key
from tests.support.genuine import require_program
from tests.support.packings import PACKINGS

Write: TypeAlias = Callable[..., Path]
"""A kind, a name and more options make a file for board-a; the next call writes over it."""

CONTENT = b"content of the payload\n" * 100
NAME = "genuine-1"
_GZ_HEADER = "header.tar.gz"
MODULE = ("module-image", NAME, "-T", "dummy", "-f", "payload.bin", "-m", "meta.json")
ROOTFS = ("rootfs-image", NAME, "-f", "payload.bin")
KINDS: Mapping[str, tuple[str, ...]] = {
    "module": MODULE,
    "module, none": (*MODULE, "--compression", "none"),
    "module, xz": (*MODULE, "--compression", "lzma"),
    "rootfs": ROOTFS,
    "rootfs, version 2": (*ROOTFS, "--version", "2"),
    "rootfs, version 2, xz": (*ROOTFS, "--version", "2", "--compression", "lzma"),
    "bootstrap": ("bootstrap-artifact", NAME),
    "signed, RSA": (*MODULE, "-k", "RSA 3072.pem"),
    "signed, EC": (*MODULE, "-k", "P-256.pem"),
}
"""The options of each kind; packed as gz where they name nothing else."""


def genuine_writer(folder: Path) -> Write:
    """Put what the options of mender-artifact may name into a folder, and write there."""
    program = require_program("mender-artifact")
    (folder / "payload.bin").write_bytes(CONTENT)
    (folder / "delta.bin").write_bytes(b"delta")
    (folder / "meta.json").write_text('{"k": "v", "n": 1}')
    (folder / "ArtifactInstall_Enter_01").write_text("#!/bin/sh\n")
    for kind in ("RSA 3072", "P-256"):
        pem = shared_key(kind).private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        (folder / f"{kind}.pem").write_bytes(pem)

    def write(kind: str, name: str, *options: str) -> Path:
        command = [program, "write", kind, "-t", "board-a", "-n", name, "-o", "out.mender", *options]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        return folder / "out.mender"

    return write


def genuine_files(folder: Path) -> dict[str, bytes]:
    """One file of every kind, and one packed anew as zst, which Debian's mender-artifact cannot write."""
    write = genuine_writer(folder)
    made = {kind: write(*options).read_bytes() for kind, options in KINDS.items()}
    return {**made, "module, zst": packed_as_zst(made["module"])}


def packed_as_zst(data: bytes) -> bytes:
    """The same artifact with its gz members as zst, and a manifest that says so."""
    members = _members(data)
    packed = {
        _renamed(name): _as_zst(content) if name.endswith(".gz") else content for name, content in members.items()
    }
    old, new = (hashlib.sha256(content).hexdigest() for content in (members[_GZ_HEADER], packed[_renamed(_GZ_HEADER)]))
    listed = members["manifest"].decode().replace(old, new).replace(_GZ_HEADER, _renamed(_GZ_HEADER))
    return archive(tar_members({**packed, "manifest": listed.encode()}))


def _renamed(member: str) -> str:
    return re.sub(r"\.gz$", ".zst", member)


def _as_zst(packed: bytes) -> bytes:
    return PACKINGS["zst"].compress(gzip.decompress(packed))


def _members(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {member.name: read.read() for member in tar if (read := tar.extractfile(member))}
