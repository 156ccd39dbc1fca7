"""An artifact of any size that exists nowhere: its bytes are made while they are read."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator

from tests.support.mender_files import Edits, mender_file

MIB = 1024**2
_BLOCK = bytes(range(256)) * (MIB // 256)
_DATA = "data/0000.tar"
_END_OF_TAR = bytes(1024)


class GeneratedFile:
    """An uncompressed artifact with one payload file of a whole number of mebibytes; it can be read once."""

    def __init__(self, size: int, name: str = "app-1") -> None:
        self._pieces = _pieces(size, name)
        self._rest = b""

    def read(self, size: int) -> bytes:
        """Hand out what is left of the last piece made: often less than was asked for."""
        rest = self._rest or next(self._pieces, b"")
        self._rest = rest[size:]
        return rest[:size]


def _pieces(size: int, name: str) -> Iterator[bytes]:
    content = _tar_header("payload.bin", size)
    yield _all_before_the_data(size, name)
    yield _tar_header(_DATA, len(content) + size + len(_END_OF_TAR))
    yield content
    yield from (_BLOCK for _ in range(size // MIB))
    yield _END_OF_TAR
    yield _END_OF_TAR


def _all_before_the_data(size: int, name: str) -> bytes:
    digest = hashlib.sha256()
    for _ in range(size // MIB):
        digest.update(_BLOCK)
    old, new = (text.encode() for text in (hashlib.sha256(b"").hexdigest(), digest.hexdigest()))
    edits = Edits(manifest=lambda listed: listed.replace(old, new))
    artifact = mender_file(name, payload=b"", compression="none", edits=edits)
    with tarfile.open(fileobj=io.BytesIO(artifact)) as tar:
        return artifact[: tar.getmember(_DATA).offset]


def _tar_header(name: str, size: int) -> bytes:
    header = tarfile.TarInfo(name)
    header.size = size
    return header.tobuf(tarfile.PAX_FORMAT)
